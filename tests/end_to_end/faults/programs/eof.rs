// SPDX-License-Identifier: MIT
// Three connections are read to their ends and forgotten: kept in a vector that lives on.
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::{process, thread, time::Duration};

#[inline(never)]
fn read_request(connection: &mut TcpStream) {
    let mut request = Vec::new();
    connection.read_to_end(&mut request).expect("an EOF");
}

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let mut kept = Vec::new();
    for _ in 0..3 {
        let client = TcpStream::connect(listener.local_addr().unwrap()).expect("a connection");
        let (mut connection, _) = listener.accept().expect("a client");
        drop(client);
        read_request(&mut connection);
        kept.push(connection);
    }
    thread::sleep(Duration::from_millis(400));
    process::exit(0);
}
