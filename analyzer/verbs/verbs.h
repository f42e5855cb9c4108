/* SPDX-License-Identifier: MIT */
/* The verbs: each connects stages. They take main()'s arguments from the verb on and return the
 * exit status. */
#ifndef FINLEAK_VERBS_H
#define FINLEAK_VERBS_H

int verb_run(int argc, char **argv);
int verb_attach(int argc, char **argv);
int verb_report(int argc, char **argv);
int verb_scan(int argc, char **argv);
int verb_diff(int argc, char **argv);
int verb_pack(int argc, char **argv);
int verb_watch(int argc, char **argv);
int verb_explain(int argc, char **argv);

#endif
