// SPDX-License-Identifier: MIT
// node_server.js PORT: an HTTP server on 127.0.0.1.
'use strict';

require('http')
	.createServer((request, response) => response.end('hello\n'))
	.listen(Number(process.argv[2]), '127.0.0.1');
