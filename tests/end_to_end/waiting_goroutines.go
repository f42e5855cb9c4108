// SPDX-License-Identifier: MIT
// waiting_goroutines: takes connections, each for a goroutine that never reads it.
package main

import (
	"fmt"
	"net"
	"time"
)

//go:noinline
func hold(connection net.Conn) {
	time.Sleep(time.Hour) // held here
	connection.Close()
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("ready %s\n", listener.Addr())
	for {
		connection, err := listener.Accept() // accepted here
		if err != nil {
			panic(err)
		}
		go hold(connection)
	}
}
