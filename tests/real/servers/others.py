# SPDX-License-Identifier: MIT
"""Stores, queues, messages, and what else listens."""
import loads
from server import Server

MOSQUITTO = "listener @port@ 127.0.0.1\nallow_anonymous true\n"
NGIRCD = """
[Global]
Name = irc.finleak.test
Info = a test
Listen = 127.0.0.1
Ports = @port@
PidFile = @folder@/pid
[Limits]
MaxConnectionsIP = 0
MaxJoins = 10
[Options]
DNS = no
Ident = no
PAM = no
"""
SLAPD = """
include /etc/ldap/schema/core.schema
pidfile @folder@/pid
argsfile @folder@/args
"""
PROSODY = """
pidfile = "@folder@/pid"
data_path = "@folder@"
interfaces = { "127.0.0.1" }
c2s_ports = { @port@ }
c2s_direct_tls_ports = { }
s2s_ports = { }
s2s_direct_tls_ports = { }
http_ports = { }
https_ports = { }
modules_enabled = { "saslauth" }
modules_disabled = { "s2s", "tls", "http" }
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
log = { error = "*console" }
run_as_root = true
VirtualHost "localhost"
"""
CUPS_FILES = """
ServerRoot @folder@
StateDir @folder@/state
CacheDir @folder@/cache
RequestRoot @folder@/spool
TempDir @folder@/spool
AccessLog /dev/null
ErrorLog /dev/null
PageLog /dev/null
"""
CUPSD = """
Listen 127.0.0.1:@port@
WebInterface Yes
Browsing Off
LogLevel none
<Location />
Order allow,deny
Allow localhost
</Location>
"""
TOR = """
SocksPort 0
ControlPort 127.0.0.1:@port@
DataDirectory @folder@/data
ClientOnly 1
DisableNetwork 1
RunAsDaemon 0
Log err stdout
"""
EJABBERD = """
hosts: [localhost]
loglevel: none
listen:
  - port: @port@
    ip: "127.0.0.1"
    module: ejabberd_c2s
    starttls: false
modules: {}
"""
TRANSMISSION = """{"rpc-port": @port@, "rpc-bind-address": "127.0.0.1", "peer-port": @port2@,
"bind-address-ipv4": "127.0.0.1", "bind-address-ipv6": "::1", "dht-enabled": false,
"lpd-enabled": false, "port-forwarding-enabled": false, "utp-enabled": false,
"rpc-whitelist-enabled": false, "rpc-authentication-required": false}
"""
ICECAST = """
<icecast><limits><sources>2</sources></limits><authentication><source-password>a</source-password>
</authentication><hostname>localhost</hostname><listen-socket><port>@port@</port>
<bind-address>127.0.0.1</bind-address></listen-socket><paths><basedir>/usr/share/icecast2</basedir>
<logdir>@folder@</logdir><webroot>@folder@/html</webroot><adminroot>/usr/share/icecast2/admin
</adminroot></paths><security><chroot>0</chroot></security></icecast>
"""
DANTE = """
internal: 127.0.0.1 port = @port@
external: 127.0.0.1
socksmethod: none
clientmethod: none
user.privileged: root
user.unprivileged: nobody
logoutput: @folder@/log
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
"""
SQL_INIT = "create user tester@'127.0.0.1' identified by 'secret';\n" \
           "grant select on *.* to tester@'127.0.0.1';\n"

SERVERS = (
    Server(name="memcached", programs=("memcached",), load=loads.memcached, in_test_sh=True,
           command="@memcached@ -l 127.0.0.1 -p @port@ -t 2 -u nobody", switches=True,
           stop_signal="SIGUSR1"),
    Server(name="mosquitto", programs=("mosquitto",), load=loads.mqtt, switches=True,
           files={"mosquitto.conf": MOSQUITTO},
           command="@mosquitto@ -c @folder@/mosquitto.conf", stop_signal="SIGINT"),
    Server(name="beanstalkd", programs=("beanstalkd",), load=loads.jobs,
           command="@beanstalkd@ -l 127.0.0.1 -p @port@", stop_signal="SIGINT"),
    Server(name="ngircd", programs=("ngircd",), load=loads.irc, files={"ngircd.conf": NGIRCD},
           switches=True, command="@ngircd@ -n -f @folder@/ngircd.conf", stop_signal="SIGINT"),
    Server(name="mariadb", programs=("mariadbd", "mariadb-install-db", "mariadb"), user="mysql",
           load=loads.sql, files={"init.sql": SQL_INIT},
           prepare=("@mariadb-install-db@ --no-defaults --datadir=@folder@/data"
                    " --skip-test-db --auth-root-authentication-method=normal",),
           command="@mariadbd@ --no-defaults --datadir=@folder@/data --bind-address=127.0.0.1"
                   " --port=@port@ --socket=@folder@/socket --pid-file=@folder@/pid"
                   " --init-file=@folder@/init.sql --skip-name-resolve --innodb-buffer-pool-size=16M",
           stop_signal="SIGQUIT", ready="ready for connections"),
    Server(name="slapd", programs=("slapd", "ldapsearch"), load=loads.directory,
           files={"slapd.conf": SLAPD}, stop_signal="SIGINT",
           command="@slapd@ -d 0 -f @folder@/slapd.conf -h ldap://127.0.0.1:@port@"),
    Server(name="prosody", programs=("prosody",), load=loads.presence,
           files={"prosody.cfg.lua": PROSODY}, stop_signal="SIGINT",
           command="@prosody@ -F --config @folder@/prosody.cfg.lua"),
    Server(name="ejabberd", programs=("ejabberdctl", "/usr/lib/erlang/bin/erl"),
           load=loads.presence, files={"ejabberd.yml": EJABBERD},
           command="@erl@ -noshell -noinput -boot start_clean -mnesia dir '\"@folder@/mnesia\"'"
                   " -eval application:ensure_all_started(ejabberd).",
           environment={"EJABBERD_CONFIG_PATH": "@folder@/ejabberd.yml", "HOME": "@folder@",
                        "ERL_LIBS": "/usr/lib/x86_64-linux-gnu", "EJABBERD_LOG_PATH":
                        "@folder@/log"}),
    Server(name="rabbitmq", programs=("/usr/lib/rabbitmq/bin/rabbitmq-server",
                                      "/usr/lib/rabbitmq/bin/rabbitmqctl"),
           load=loads.amqp, user="rabbitmq",
           files={"plugins": "[].\n", "rabbitmq.conf":
                  "listeners.tcp.default = 127.0.0.1:@port@\n"},
           environment={"RABBITMQ_NODENAME": "finleak@@localhost", "HOME": "@folder@",
                        "RABBITMQ_MNESIA_BASE": "@folder@", "RABBITMQ_LOG_BASE": "@folder@",
                        "RABBITMQ_CONFIG_FILE": "@folder@/rabbitmq.conf",
                        "RABBITMQ_ENABLED_PLUGINS_FILE": "@folder@/plugins",
                        "RABBITMQ_DIST_PORT": "@port2@", "ERL_EPMD_PORT": "@port3@"},
           command="@rabbitmq-server@", stop="env HOME=@folder@ ERL_EPMD_PORT=@port3@"
                                              " @rabbitmqctl@ -n finleak@@localhost stop"),
    Server(name="coturn", programs=("turnserver",), load=loads.relay,
           command="@turnserver@ -n -L 127.0.0.1 -p @port@ --no-tls --no-dtls --no-cli"
                   " --no-udp --pidfile @folder@/pid --log-file stdout -m 2 --userdb @folder@/db",
           stop_signal="SIGINT"),
    Server(name="tor", programs=("tor",), load=loads.tor_control, files={"torrc": TOR},
           command="@tor@ -f @folder@/torrc --defaults-torrc /dev/null", stop_signal="SIGINT"),
    Server(name="dante", programs=("danted",), load=loads.socks, files={"danted.conf": DANTE},
           switches=True, command="@danted@ -f @folder@/danted.conf -p @folder@/pid",
           stop_signal="SIGINT"),
    Server(name="cups", programs=("cupsd",), load=loads.printers,
           files={"cupsd.conf": CUPSD, "cups-files.conf": CUPS_FILES, "state/": "", "cache/": "",
                  "spool/": ""}, stop_signal="SIGINT",
           command="@cupsd@ -f -c @folder@/cupsd.conf -s @folder@/cups-files.conf"),
    Server(name="transmission", programs=("transmission-daemon",), load=loads.torrents,
           files={"settings.json": TRANSMISSION}, stop_signal="SIGINT",
           command="@transmission-daemon@ -f -g @folder@ -w @folder@"),
    Server(name="icecast", programs=("icecast2",), load=loads.web, user="nobody",
           files={"icecast.xml": ICECAST, "html/page": "a page of icecast\n"},
           command="@icecast2@ -c @folder@/icecast.xml", stop_signal="SIGINT"),
)
