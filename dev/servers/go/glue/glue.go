// Package glue has what the Go servers share: the clients that they know, and a port to serve on.
package glue

import (
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
)

// Client is one of clients.json; one without a secret is public.
type Client struct {
	ID       string
	Secret   string
	Callback string
	Grant    string
}

// Clients reads the file that the first argument names.
func Clients() (clients []Client) {
	text, err := os.ReadFile(os.Args[1])
	if err == nil {
		err = json.Unmarshal(text, &clients)
	}
	if err != nil {
		log.Fatal(err)
	}
	return clients
}

// Listen opens a free loopback port, and tells its address.
func Listen() (net.Listener, string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	return listener, "http://" + listener.Addr().String()
}

// Serve prints what is to be known of the server, then serves. The listener takes connections
// before.
func Serve(listener net.Listener, handler http.Handler, about map[string]any) {
	text, err := json.Marshal(about)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(text))
	log.Fatal(http.Serve(listener, handler))
}

// Endpoints are spelled as in Offerings, each with its path at base.
func Endpoints(base string, paths map[string]string) map[string]any {
	endpoints := map[string]string{}
	for name, path := range paths {
		endpoints[name] = base + path
	}
	return map[string]any{"endpoints": endpoints}
}
