#!/bin/sh
# SPDX-License-Identifier: MIT
#
# classes_page.sh FINLEAK VERSION >finleak-classes.7
#
# Writes the manual page of the classes from what `finleak explain` prints: the table of classes is the
# only place that describes them.
set -eu
finleak=$1
version=$2

cat <<EOF
.\\" SPDX-License-Identifier: MIT
.TH FINLEAK\\-CLASSES 7 "" "finleak $version" "Miscellaneous"
.SH NAME
finleak\\-classes \\- classes of socket leaks
.SH DESCRIPTION
CLOSE_WAIT means that the peer has closed the connection and this program has not.
.BR finleak (1)
puts each socket that is stuck there, or that leaks in another state, into one of the classes below. The class
states what happened; a reason, if there is one, states why.
.PP
Only the verdict
.B leak
counts for
.BR \\-\\-error\\-exitcode .
A
.B warning
is shown and does not count. A
.B note
is shown with
.BR \\-\\-all .
.PP
.B finleak explain
prints the rules that lead to each class, in the order in which they are tried;
.B \\-\\-explain
shows the rule and the facts behind each finding.
.SH CLASSES
EOF

classes=$("$finleak" explain | sed -n '/^$/q; s/^  \([a-z][a-z-]*\)  *\([a-z]*\) .*/\1:\2/p')
for class in $classes; do
	echo "verdict ${class#*:}"
	"$finleak" explain "${class%:*}"
done | awk '
	function text(line)
	{
		sub(/^ +/, "", line)
		gsub(/\\/, "\\e", line)
		gsub(/-/, "\\-", line)
		sub(/^[.'\'']/, "\\\\\\&&", line)
		return line
	}
	/^verdict / {
		verdict = $2
		section = "headline"
		headline = ""
		next
	}
	section == "headline" && /./ {
		headline = headline (headline == "" ? "" : " ") $0
		next
	}
	section == "headline" {
		name = headline
		sub(/:.*/, "", name)
		sub(/^[^:]*: /, "", headline)
		printf ".SS %s (%s)\n.I %s\n.PP\n", text(name), verdict, text(headline)
		section = "meaning"
		next
	}
	/^How finleak knows/ { section = "rules"; next }
	/^How to fix it/ { section = "fix"; print ".PP\nFix:"; next }
	/^Reasons/ { section = "reasons"; next }
	/^[A-Z]/ { section = "end" }
	/^$/ || section == "rules" || section == "end" { next }
	section ~ /reason/ && /^  [a-z]/ {
		printf ".TP\n.B %s\n", text($0)
		section = "reasons"
		if ($1 in first) {
			section = "reason described before"
			printf "As in %s.\n", text(first[$1])
		} else
			first[$1] = name
		next
	}
	section == "reason described before" { next }
	/^ *Fix: / { print ".br" }
	{ print text($0) }
'

cat <<EOF
.SH SEE ALSO
.BR finleak (1),
.BR finleak\\-explain (1)
EOF
