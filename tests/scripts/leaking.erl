%% SPDX-License-Identifier: MIT
%% A server in Erlang that keeps what it has served: main([VISITS]).
-module(leaking).
-export([main/1]).

main([Visits]) ->
    {ok, Listener} = gen_tcp:listen(0, [{active, false}, {exit_on_close, false}]),
    {ok, Port} = inet:port(Listener),
    Kept = [serve(Listener, Port) || _ <- lists:seq(1, list_to_integer(atom_to_list(Visits)))],
    timer:sleep(400),
    halt(length(Kept) * 0).

serve(Listener, Port) ->
    {ok, Peer} = gen_tcp:connect({127, 0, 0, 1}, Port, [{active, false}]),
    {ok, Connection} = gen_tcp:accept(Listener),
    ok = gen_tcp:close(Peer),
    {error, closed} = gen_tcp:recv(Connection, 0),
    Connection.
