// The example server of zitadel/oidc, a certified OpenID provider, with clients of our own.
package main

import (
	"io"
	"log"
	"log/slog"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"

	"servers/glue"
)

func client(of glue.Client) *storage.Client {
	switch {
	case of.Secret == "":
		return storage.NativeClient(of.ID, of.Callback)
	case of.Grant == "authorization_code":
		return storage.WebClient(of.ID, of.Secret, of.Callback)
	default: // has no kind of client for its own credentials; this one has no authorization codes either
		return storage.DeviceClient(of.ID, of.Secret)
	}
}

func main() {
	log.SetOutput(io.Discard)
	for _, each := range glue.Clients() {
		storage.RegisterClients(client(each))
	}
	listener, base := glue.Listen()
	users := storage.NewUserStore(base)
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	handler := exampleop.SetupServer(base, storage.NewStorage(users), quiet, false, op.WithAllowInsecure())
	glue.Serve(listener, handler, map[string]any{"issuer": base})
}
