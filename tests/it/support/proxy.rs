//! A proxy on loopback that does what a test says.

use std::io::{self, Read as _};
use std::net::{Shutdown, TcpListener, TcpStream};

/// A proxy that does this with every connection; its host and port.
pub(crate) fn proxy(serve: impl Fn(TcpStream) -> io::Result<()> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // Whoever goes early is not waited for.
            let _gone = serve(stream.unwrap());
        }
    });
    at
}

/// Carries bytes both ways until one side ends.
pub(crate) fn carry(one: &TcpStream, port: u16) -> io::Result<()> {
    let two = TcpStream::connect(("127.0.0.1", port))?;
    let (mut from, mut to) = (one.try_clone()?, two.try_clone()?);
    let there = std::thread::spawn(move || {
        let _ended = io::copy(&mut from, &mut to);
        let _closed = to.shutdown(Shutdown::Both);
    });
    io::copy(&mut &two, &mut &*one)?;
    one.shutdown(Shutdown::Both)?;
    there.join().unwrap();
    Ok(())
}

/// What comes up to the end of the headers.
pub(crate) fn head(mut stream: &TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.extend_from_slice(&byte);
    }
    Ok(String::from_utf8(head).unwrap())
}
