// Ory's fosite, the engine of Hydra, with everything on: pushed authorization requests, too.
package main

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"log"
	"net/http"

	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"
	"github.com/ory/fosite/handler/openid"
	"github.com/ory/fosite/storage"
	"golang.org/x/crypto/bcrypt"

	"servers/glue"
)

func client(of glue.Client) *fosite.DefaultClient {
	// The cheapest hashes: a test asks hundreds of times.
	hash, err := bcrypt.GenerateFromPassword([]byte(of.Secret), bcrypt.MinCost)
	if err != nil {
		log.Fatal(err)
	}
	grants := []string{of.Grant}
	if of.Grant == "authorization_code" {
		grants = append(grants, "refresh_token")
	}
	return &fosite.DefaultClient{
		ID:            of.ID,
		Secret:        hash,
		Public:        of.Secret == "",
		RedirectURIs:  []string{of.Callback},
		GrantTypes:    grants,
		ResponseTypes: []string{"code"},
		Scopes:        []string{"openid", "api:read"},
	}
}

func store() *storage.MemoryStore {
	result := storage.NewMemoryStore()
	for _, each := range glue.Clients() {
		result.Clients[each.ID] = client(each)
	}
	return result
}

type server struct{ oauth2 fosite.OAuth2Provider }

func (s server) authorize(w http.ResponseWriter, r *http.Request) {
	request, err := s.oauth2.NewAuthorizeRequest(r.Context(), r)
	if err != nil {
		s.oauth2.WriteAuthorizeError(r.Context(), w, request, err)
		return
	}
	fmt.Fprintln(w, "Sign in")
}

func (s server) push(w http.ResponseWriter, r *http.Request) {
	request, err := s.oauth2.NewPushedAuthorizeRequest(r.Context(), r)
	if err != nil {
		s.oauth2.WritePushedAuthorizeError(r.Context(), w, request, err)
		return
	}
	response, err := s.oauth2.NewPushedAuthorizeResponse(r.Context(), request, session())
	if err != nil {
		s.oauth2.WritePushedAuthorizeError(r.Context(), w, request, err)
		return
	}
	s.oauth2.WritePushedAuthorizeResponse(r.Context(), w, request, response)
}

func (s server) token(w http.ResponseWriter, r *http.Request) {
	request, err := s.oauth2.NewAccessRequest(r.Context(), r, session())
	if err != nil {
		s.oauth2.WriteAccessError(r.Context(), w, request, err)
		return
	}
	response, err := s.oauth2.NewAccessResponse(r.Context(), request)
	if err != nil {
		s.oauth2.WriteAccessError(r.Context(), w, request, err)
		return
	}
	s.oauth2.WriteAccessResponse(r.Context(), w, request, response)
}

func (s server) introspect(w http.ResponseWriter, r *http.Request) {
	response, err := s.oauth2.NewIntrospectionRequest(r.Context(), r, session())
	if err != nil {
		s.oauth2.WriteIntrospectionError(r.Context(), w, err)
		return
	}
	s.oauth2.WriteIntrospectionResponse(r.Context(), w, response)
}

func (s server) revoke(w http.ResponseWriter, r *http.Request) {
	s.oauth2.WriteRevocationResponse(r.Context(), w, s.oauth2.NewRevocationRequest(r.Context(), r))
}

func session() fosite.Session { return openid.NewDefaultSession() }

func provider(base string) fosite.OAuth2Provider {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		log.Fatal(err)
	}
	secret := make([]byte, 32)
	rand.Read(secret)
	config := &fosite.Config{
		GlobalSecret:  secret,
		HashCost:      bcrypt.MinCost,
		IDTokenIssuer: base,
		TokenURL:      base + "/token",
	}
	return compose.ComposeAllEnabled(config, store(), key)
}

func main() {
	listener, base := glue.Listen()
	s := server{provider(base)}
	http.HandleFunc("/authorize", s.authorize)
	http.HandleFunc("/par", s.push)
	http.HandleFunc("/token", s.token)
	http.HandleFunc("/introspect", s.introspect)
	http.HandleFunc("/revoke", s.revoke)
	glue.Serve(listener, http.DefaultServeMux, glue.Endpoints(base, map[string]string{
		"authorization":              "/authorize",
		"pushedAuthorizationRequest": "/par",
		"token":                      "/token",
		"introspection":              "/introspect",
		"revocation":                 "/revoke",
	}))
}
