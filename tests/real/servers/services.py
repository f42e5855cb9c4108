# SPDX-License-Identifier: MIT
"""Names, mail, files, shells: what runs on many machines."""
import os

import loads
from server import Server

# It excludes exim, so run unpacks its package. What it would create in a system are users and a
# queue: here the former are others that each Debian has.
POSTFIX_FOLDER = next((folder for folder in (
    os.path.abspath(os.path.join(os.path.dirname(__file__), "../../../build/servers/postfix/usr")), "/usr")
    if os.path.exists(folder + "/lib/postfix/sbin/master")), "/usr")
POSTFIX = f"""
compatibility_level = 3.6
queue_directory = @folder@/spool
data_directory = @folder@/data
command_directory = {POSTFIX_FOLDER}/sbin
daemon_directory = {POSTFIX_FOLDER}/lib/postfix/sbin
shlib_directory = no
meta_directory = @folder@
mail_owner = mail
setgid_group = uucp
myhostname = finleak.test
mydestination = finleak.test
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
local_recipient_maps =
alias_maps =
local_transport = discard
smtpd_recipient_restrictions = permit_auth_destination, reject
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
import_environment = MAIL_CONFIG TZ LD_PRELOAD FINLEAK_OPTIONS LD_LIBRARY_PATH
"""
POSTFIX_PROCESSES = """
127.0.0.1:@port@ inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
"""
POSTFIX_QUEUE = """
cd "$1/spool"
mkdir active bounce corrupt defer deferred flush hold incoming private saved trace public maildrop pid
chown -R mail "$1/data" .
chown root . pid
chgrp uucp public maildrop
"""

UNBOUND = """
server:
  interface: 127.0.0.1@@@port@
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "@folder@"
  pidfile: ""
  use-syslog: no
  logfile: "@folder@/log"
  num-threads: 2
  so-reuseport: no
  module-config: "iterator"
  local-zone: "finleak.test." static
  local-data: "host0.finleak.test. A 10.0.0.1"
  local-data: "host1.finleak.test. A 10.0.0.2"
remote-control:
  control-enable: yes
  control-use-cert: no
  control-interface: @folder@/control
"""
NAMED = """
options { directory "@folder@"; pid-file "@folder@/named.pid"; recursion no; dnssec-validation no;
  listen-on port @port@ { 127.0.0.1; }; listen-on-v6 { none; }; session-keyfile "@folder@/session";
  allow-transfer { any; }; tcp-idle-timeout 50; };
controls { };
zone "finleak.test" { type primary; file "zone"; };
"""
ZONE = """
$TTL 60
@@ SOA ns hostmaster 1 60 60 60 60
@@ NS ns
ns A 127.0.0.1
host0 A 10.0.0.1
host1 A 10.0.0.2
"""
NSD = """
server:
  ip-address: 127.0.0.1@@@port@
  username: ""
  chroot: ""
  zonesdir: "@folder@"
  database: ""
  pidfile: "@folder@/pid"
  xfrdfile: "@folder@/xfrd"
  zonelistfile: "@folder@/list"
  xfrdir: "@folder@"
  logfile: "@folder@/log"
  server-count: 2
remote-control:
  control-enable: no
zone:
  name: finleak.test
  zonefile: zone
"""
EXIM = """
primary_hostname = finleak.test
exim_path = @folder@/exim
spool_directory = @folder@/spool
log_file_path = @folder@/log-%slog
pid_file_path = @folder@/pid
exim_user = Debian-exim
exim_group = Debian-exim
never_users =
domainlist local_domains = finleak.test
acl_smtp_rcpt = accepted
queue_only = true
smtp_accept_max = 50
message_size_limit = 1M
disable_ipv6 = true
host_lookup =
rfc1413_query_timeout = 0s
keep_environment = LD_PRELOAD : FINLEAK_OPTIONS
begin acl
accepted:
  accept domains = +local_domains
  deny
begin routers
local:
  driver = accept
  transport = nowhere
begin transports
nowhere:
  driver = appendfile
  file = /dev/null
  user = Debian-exim
"""
DOVECOT = """
protocols = imap
base_dir = @folder@/run
state_dir = @folder@/run
log_path = @folder@/log
import_environment = TZ LD_PRELOAD FINLEAK_OPTIONS
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = maildir:@folder@/mail/%u
service imap-login {
  inet_listener imap {
    port = @port@
  }
  inet_listener imaps {
    port = 0
  }
  chroot =
}
service anvil {
  chroot =
}
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=mail gid=mail home=@folder@/mail/%u
}
"""
VSFTPD = """
listen=YES
listen_address=127.0.0.1
listen_port=@port@
background=NO
anonymous_enable=YES
anon_root=@folder@/files
ftp_username=ftp
secure_chroot_dir=@folder@/empty
local_enable=NO
connect_from_port_20=NO
port_promiscuous=YES
pasv_address=127.0.0.1
seccomp_sandbox=NO
nopriv_user=nobody
"""
RSYNCD = """
port = @port@
address = 127.0.0.1
use chroot = no
pid file = @folder@/pid
log file = @folder@/log
uid = @user@
gid = *
[files]
path = @folder@/files
"""
SSHD = """
Port @port@
ListenAddress 127.0.0.1
HostKey @folder@/host_key
PidFile @folder@/pid
AuthorizedKeysFile @folder@/client_key.pub
StrictModes no
UsePAM no
PermitRootLogin yes
LogLevel ERROR
MaxStartups 100
UseDNS no
"""
PAGE = "a file that a server of Debian's sends\n" * 2000
KEYS = ("ssh-keygen -q -t ed25519 -N '' -f @folder@/client_key",)


SERVERS = (
    Server(name="unbound", programs=("unbound", "unbound-control"), load=loads.names,
           files={"unbound.conf": UNBOUND},
           command="@unbound@ -d -c @folder@/unbound.conf",
           stop="@unbound-control@ -c @folder@/unbound.conf stop"),
    Server(name="named", programs=("named",), load=loads.names, user="bind",
           files={"named.conf": NAMED, "zone": ZONE}, stop_signal="SIGINT",
           command="@named@ -g -n 2 -c @folder@/named.conf", ready=" running\n"),
    Server(name="nsd", programs=("nsd",), load=loads.names,
           files={"nsd.conf": NSD, "zone": "$ORIGIN finleak.test.\n" + ZONE.strip() + "\n"},
           command="@nsd@ -d -c @folder@/nsd.conf", stop_signal="SIGINT"),
    Server(name="dnsmasq", programs=("dnsmasq",), load=loads.names, in_test_sh=True,
           command="@dnsmasq@ --keep-in-foreground --conf-file=/dev/null --port=@port@ --no-resolv"
                   " --listen-address=127.0.0.1 --bind-interfaces --no-hosts --log-facility=-"
                   " --pid-file=@folder@/pid --user=root --local=/finleak.test/"
                   " --address=/host0.finleak.test/10.0.0.1"),
    Server(name="exim", programs=("exim4",), load=loads.mail_in, switches=True,
           needs_root=True,
           files={"exim.conf": EXIM, "spool/": ""}, stop_signal="SIGINT",
           prepare=("chown Debian-exim @folder@ @folder@/spool",
                    "cp @exim4@ @folder@/exim"),  # Debian's is set-uid
           command="@folder@/exim -C @folder@/exim.conf -oX 127.0.0.1.@port@ -bdf -oP @folder@/pid"),
    Server(name="postfix", programs=(POSTFIX_FOLDER + "/lib/postfix/sbin/master*",), load=loads.mail_in,
           switches=True, needs_root=True,
           files={"main.cf": POSTFIX, "master.cf": POSTFIX_PROCESSES, "queue": POSTFIX_QUEUE,
                  "spool/": "", "data/": ""},
           prepare=("sh @folder@/queue @folder@",),
           environment={"MAIL_CONFIG": "@folder@", "LD_LIBRARY_PATH": POSTFIX_FOLDER + "/lib/postfix"},
           command="@master@ -s",
           blind_spots="kernel was not asked"),  # it kills a child that has just begun
    Server(name="dovecot", programs=("dovecot",), load=loads.mail_box, switches=True,
           needs_root=True,
           files={"dovecot.conf": DOVECOT, "mail/": ""},
           prepare=("chown mail @folder@/mail",),
           command="@dovecot@ -F -c @folder@/dovecot.conf",
           stop="@dovecot@ -c @folder@/dovecot.conf stop"),
    # It lets its children have 200 MB of address space. Those run in an empty root, where nobody can
    # make a recording. One whose client has gone ends by its parent, in its own time on a busy
    # machine. Its sandbox is off: Debian's does not know the system calls of Debian's libc.
    Server(name="vsftpd", programs=("vsftpd",), load=loads.files_by_ftp, switches=True,
           needs_root=True, files={"vsftpd.conf": VSFTPD, "files/page": PAGE, "empty/": ""},
           command="@vsftpd@ @folder@/vsftpd.conf", min_held="2s",
           blind_spots="could not create their recordings|kernel was not asked"),
    Server(name="rsyncd", programs=("rsync",), load=loads.files_by_rsync, in_test_sh=True,
           files={"rsyncd.conf": RSYNCD, "files/page": PAGE}, stop_signal="SIGINT",
           command="@rsync@ --daemon --no-detach --config=@folder@/rsyncd.conf"),
    Server(name="git_daemon", programs=("git",), load=loads.files_by_git,
           prepare=("@git@ init -q --bare @folder@/tree.git",), stop_signal="SIGINT",
           command="@git@ daemon --export-all --reuseaddr --listen=127.0.0.1 --port=@port@"
                   " --base-path=@folder@ @folder@"),
    Server(name="dropbear", programs=("dropbear", "dropbearkey", "ssh"),
           load=loads.shell_refused,
           prepare=("@dropbearkey@ -t ed25519 -f @folder@/host_key",),
           command="@dropbear@ -F -E -r @folder@/host_key -p 127.0.0.1:@port@ -P @folder@/pid",
           stop_signal="SIGINT"),
    Server(name="sshd", programs=("/usr/sbin/sshd", "ssh"), load=loads.shell, switches=True,
           needs_root=True,
           files={"sshd.conf": SSHD},
           prepare=(*KEYS, "mkdir -p /run/sshd", "ssh-keygen -q -t ed25519 -N '' -f @folder@/host_key"),
           # Before the log-in it confines itself, and a session gets an environment of its own.
           blind_spots="seccomp|LD_PRELOAD|became a program",
           command="@sshd@ -D -e -f @folder@/sshd.conf", stop_signal="SIGINT"),
    Server(name="samba", programs=("smbd", "smbclient"), load=loads.shares, needs_root=True,
           files={"files/page": PAGE, "smb.conf": """
[global]
smb ports = @port@
interfaces = 127.0.0.1
bind interfaces only = yes
lock directory = @folder@/lock
state directory = @folder@/state
cache directory = @folder@/cache
pid directory = @folder@/pid
private dir = @folder@/private
ncalrpc dir = @folder@/ncalrpc
log file = @folder@/log
map to guest = Bad User
guest account = root
load printers = no
disable spoolss = yes
server role = standalone
[files]
path = @folder@/files
guest ok = yes
""", "lock/": "", "state/": "", "cache/": "", "pid/": "", "private/": ""},
           command="@smbd@ -F --no-process-group -s @folder@/smb.conf", stop_signal="SIGINT"),
)
