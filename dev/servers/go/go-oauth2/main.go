// go-oauth2/oauth2 (v4), with its defaults.
package main

import (
	"fmt"
	"log"
	"net/http"
	"net/url"

	"github.com/go-oauth2/oauth2/v4/manage"
	"github.com/go-oauth2/oauth2/v4/models"
	"github.com/go-oauth2/oauth2/v4/server"
	"github.com/go-oauth2/oauth2/v4/store"

	"servers/glue"
)

func clients() *store.ClientStore {
	result := store.NewClientStore()
	for _, each := range glue.Clients() {
		callback, err := url.Parse(each.Callback)
		if err != nil {
			log.Fatal(err)
		}
		// A client has a domain here, not a list of callbacks.
		domain := callback.Scheme + "://" + callback.Host
		client := &models.Client{ID: each.ID, Secret: each.Secret, Domain: domain, Public: each.Secret == ""}
		if err := result.Set(each.ID, client); err != nil {
			log.Fatal(err)
		}
	}
	return result
}

func main() {
	manager := manage.NewDefaultManager()
	manager.MustTokenStorage(store.NewMemoryTokenStore())
	manager.MapClientStorage(clients())
	srv := server.NewDefaultServer(manager)
	srv.SetUserAuthorizationHandler(func(w http.ResponseWriter, r *http.Request) (string, error) {
		fmt.Fprintln(w, "Sign in")
		return "", nil
	})

	// What these return is for the log: the answer is written by then.
	http.HandleFunc("/authorize", func(w http.ResponseWriter, r *http.Request) {
		if err := srv.HandleAuthorizeRequest(w, r); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	})
	http.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) { _ = srv.HandleTokenRequest(w, r) })
	listener, base := glue.Listen()
	glue.Serve(listener, http.DefaultServeMux, glue.Endpoints(base, map[string]string{
		"authorization": "/authorize",
		"token":         "/token",
	}))
}
