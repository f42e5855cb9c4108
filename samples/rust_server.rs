// SPDX-License-Identifier: MIT
//! A server in Rust that keeps each connection in a list, so that nothing drops it. With --cfg fixed
//! it is dropped, and closed, at the end of its function. finleak: eof-unclosed.
//!
//!     rust_server [--self-test N]    N peers of its own, then exit 0
//!     rust_server --serve [PORT]     serves real clients until killed
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;
use std::time::Duration;

static HISTORY: Mutex<Vec<TcpStream>> = Mutex::new(Vec::new());

#[inline(never)]
fn read_request(connection: &mut impl Read, request: &mut [u8]) -> usize {
    connection.read(request).unwrap_or(0) // LEAK: eof
}

fn serve_connection(mut connection: TcpStream) {
    let mut request = [0; 512];
    loop {
        let length = read_request(&mut connection, &mut request);
        if length == 0 || connection.write_all(&request[..length]).is_err() {
            break;
        }
    }
    if cfg!(not(fixed)) {
        HISTORY.lock().unwrap().push(connection); // for the statistics page
    }
}

fn visit(port: u16, visits: usize) {
    for _ in 0..visits {
        let mut peer = TcpStream::connect(("127.0.0.1", port)).expect("connect");
        peer.write_all(b"hello\n").expect("write");
        let _ = peer.read(&mut [0; 512]);
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--hold").collect();
    let number = words.get(1).map_or(0, |word| word.parse::<usize>().expect("a number"));
    let serving = words.first().is_some_and(|word| word == "--serve");
    let listener = TcpListener::bind(("127.0.0.1", if serving { number as u16 } else { 0 })).expect("listen");
    let port = listener.local_addr().expect("address").port();
    println!("listening on 127.0.0.1:{port}");
    let visits = if number > 0 { number } else { 4 };
    if !serving {
        std::thread::spawn(move || visit(port, visits));
    }
    for served in 1.. {
        let (connection, _) = listener.accept().expect("accept"); // LEAK: opened
        serve_connection(connection);
        if !serving && served == visits {
            break;
        }
    }
    // Longer than finleak's --min-held (100 ms).
    std::thread::sleep(Duration::from_millis(400));
    std::process::exit(0);
}
