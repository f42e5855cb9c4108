// SPDX-License-Identifier: MIT

// What Go programs forget to close: servers NAME, which waits for a line on standard input first
// and ends when it does.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

const visits = 4

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func listen() net.Listener {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	fail(err)
	return listener
}

// visit sends REQUEST, reads what comes and leaves.
func visit(address net.Addr, request string) {
	connection, err := net.Dial("tcp", address.String())
	fail(err)
	fmt.Fprint(connection, request)
	connection.Read(make([]byte, 512))
	connection.Close()
}

func readToEnd(connection net.Conn) {
	buffer := make([]byte, 512)
	for {
		if _, err := connection.Read(buffer); err == io.EOF { // LEAK: eof
			return
		}
		fmt.Fprint(connection, "reply")
	}
}

// A plain connection, whose goroutine ends with the stream.
func plain() {
	listener := listen()
	go func() {
		for {
			connection, err := listener.Accept() // LEAK: opened
			fail(err)
			go readToEnd(connection)
		}
	}()
	for i := 0; i < visits; i++ {
		visit(listener.Addr(), "hello")
	}
}

// A handler that takes its connection over.
func hijacked() {
	listener := listen()
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connection, _, err := w.(http.Hijacker).Hijack()
		fail(err)
		fmt.Fprint(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		go readToEnd(connection)
	}))
	for i := 0; i < visits; i++ {
		visit(listener.Addr(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	}
}

func fetch(client *http.Client, address net.Addr) {
	_, err := client.Get("http://" + address.String()) // LEAK: get
	fail(err)
}

// A client that never closes the body of an answer; the server hangs up.
func body() {
	leave(&http.Transport{})
}

// The same, with a dialer of its own, which is not to blame.
func dialer() {
	leave(&http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	})
}

func leave(transport *http.Transport) {
	listener := listen()
	go func() {
		for {
			connection, err := listener.Accept()
			fail(err)
			bufio.NewReader(connection).ReadString('\n')
			fmt.Fprint(connection, "HTTP/1.1 200 OK\r\n\r\nthe body")
			connection.Close()
		}
	}()
	client := &http.Client{Transport: transport}
	for i := 0; i < visits; i++ {
		fetch(client, listener.Addr())
	}
}

var kept []net.Conn

func ask(address net.Addr) net.Conn {
	connection, err := net.Dial("tcp", address.String()) // LEAK: unread
	fail(err)
	fmt.Fprintln(connection, "hello")
	return connection
}

// A client that no longer reads when the server hangs up.
func unread() {
	listener := listen()
	for i := 0; i < visits; i++ {
		kept = append(kept, ask(listener.Addr()))
		connection, err := listener.Accept()
		fail(err)
		bufio.NewReader(connection).ReadString('\n')
		connection.Close()
	}
}

func main() {
	servers := map[string]func(){"plain": plain, "hijacked": hijacked, "body": body,
		"dialer": dialer, "unread": unread}
	stdin := bufio.NewReader(os.Stdin)
	stdin.ReadString('\n')
	servers[os.Args[1]]()
	io.Copy(io.Discard, stdin)
	time.Sleep(500 * time.Millisecond)
}
