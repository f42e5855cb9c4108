// SPDX-License-Identifier: MIT
//
// Boost.Asio: at the end of a client's stream its session starts no new read, and leaves the rest
// to the destructor, which never comes: the server keeps all sessions for its statistics. finleak:
// eof-unclosed.
//
#include "traffic.h"

#include <boost/asio.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

using boost::asio::ip::tcp;
using boost::system::error_code;

namespace
{

class session : public std::enable_shared_from_this<session>
{
      public:
	explicit session(tcp::socket client) : client_(std::move(client))
	{
	}

	void read()
	{
		auto self = shared_from_this();
		client_.async_read_some(boost::asio::buffer(request_),
					[self](error_code error, std::size_t length) {
						self->serve(error, length);
					});
	}

private:
	void serve(error_code error, std::size_t length)
	{
		auto self = shared_from_this();

		if (error) {
#ifdef FIXED
			client_.close();
#endif
			return;
		}
		reply_.assign(request_, length);
		read();
		auto reply = boost::asio::buffer(reply_);
		auto sent = [self](error_code, std::size_t) {};
		boost::asio::async_write(client_, reply, sent); /* LEAK: touched */
	}

	tcp::socket client_;
	char request_[512];
	std::string reply_;
};

class server
{
      public:
	server(boost::asio::io_context &io, int listener) : acceptor_(io, tcp::v4(), listener)
	{
	}

	void accept()
	{
		acceptor_.async_accept([this](error_code error, tcp::socket client) {
			if (error)
				return;
			sessions_.push_back(std::make_shared<session>(std::move(client)));
			sessions_.back()->read();
			accept();
		});
	}

	std::size_t served() const
	{
		return sessions_.size();
	}

private:
	tcp::acceptor acceptor_;
	std::vector<std::shared_ptr<session>> sessions_;
};

} // namespace

int main(int argc, char **argv)
{
	const peer peer = { "hello\n", "hello\n", PEER_CLOSES };
	int listener = traffic_begin(argc, argv, &peer, 1);
	boost::asio::io_context io;
	server server(io, listener);

	server.accept();
	do {
		io.poll();
	} while (traffic_pause());
	std::cout << server.served() << " sessions served\n";
	/* A server is stopped by a signal: destructors would close what a running one holds. */
	std::cout.flush();
	_exit(0);
}
