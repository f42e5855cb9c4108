/* SPDX-License-Identifier: MIT */
/* lambdas: the handler that forgets its connections is a lambda behind std::function. */
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

extern "C" {
#include "fault.h"
}

namespace
{
struct upload {
	int fd;
	std::vector<std::string> lines;
};

using handlers = std::map<std::string, std::function<void(std::shared_ptr<upload>)>>;

__attribute__((noinline)) void dispatch(const handlers &all, const std::string &path,
					std::shared_ptr<upload> peer)
{
	all.at(path)(peer);
}
} // namespace

int main()
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address);
	handlers all;

	all["/upload"] = [](std::shared_ptr<upload> peer) {
		char byte;

		must(recv(peer->fd, &byte, 1, 0) == 0, "read of EOF");
		peer->lines.push_back("done");
	};
	for (int i = 0; i < FORGOTTEN; i++) {
		int client, fd = accept_client(listener, &address, &client);

		close(client);
		dispatch(all, "/upload", std::make_shared<upload>(upload{ fd, {} }));
	}
	pause_ms(HOLD_MS);
	return 0;
}
