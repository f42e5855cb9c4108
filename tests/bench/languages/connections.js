// SPDX-License-Identifier: MIT
'use strict';
const net = require('net');

const [rounds, depth] = process.argv.slice(2).map(Number);
if (!rounds)
  process.exit();

function connect(port, done, deeper) {
  if (deeper > 0)
    return connect(port, done, deeper - 1);
  net.connect(port, '127.0.0.1').on('error', () => {}).end().on('close', done);
}

const spent = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
};

const server = net.createServer(connection => connection.on('data', () => {}).on('end', () => connection.end()));
server.listen(0, '127.0.0.1', () => {
  let left = 2 * rounds, before;
  const next = () => {
    if (left === rounds)
      before = spent();
    if (left-- > 0)
      return connect(server.address().port, next, depth);
    console.log(Math.floor((spent() - before) / rounds));
    server.close();
  };
  next();
});
