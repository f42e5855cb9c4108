/* SPDX-License-Identifier: MIT */
/* Native methods of Strange.java: what a thread may do with sockets while it must not be asked. */
#include <errno.h>
#include <jni.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* The machine finds them by their names. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

static JavaVM *machine;

jint JNI_OnLoad(JavaVM *vm, void *reserved)
{
	(void)reserved;
	machine = vm;
	return JNI_VERSION_1_6;
}

/* Two stacks each. */
static bool open_and_close(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && close(fd) == 0;
}

static volatile sig_atomic_t signals;

static void on_signal(int number)
{
	int saved = errno;

	(void)number;
	signals += open_and_close();
	errno = saved;
}

/* Signals interrupt malloc(): whoever allocates in their handler waits for itself. */
JNIEXPORT jboolean JNICALL Java_Strange_interruptAllocator(JNIEnv *env, jclass class, jint enough)
{
	const struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	const struct itimerval often = { { 0, 200 }, { 0, 200 } }, never = { { 0, 0 }, { 0, 0 } };
	sigset_t set, old;

	(void)env;
	(void)class;
	/* Sent to the process: taken by the one thread that has not blocked it. */
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	/* For good: one may be under way at the end. */
	sigaction(SIGALRM, &action, NULL);
	pthread_sigmask(SIG_UNBLOCK, &set, &old);
	setitimer(ITIMER_REAL, &often, NULL);
	while (signals < enough) {
		void *volatile block = malloc(100000);

		free(block);
		block = malloc(100);
		free(block);
	}
	setitimer(ITIMER_REAL, &never, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return JNI_TRUE;
}

/* The child has one thread, and a machine that nobody runs any more. */
JNIEXPORT jint JNICALL Java_Strange_forkAndClose(JNIEnv *env, jclass class)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), status;
	pid_t child = fork();

	(void)env;
	(void)class;
	if (child == 0) {
		alarm(20);
		_exit(close(fd) == 0 && open_and_close() ? 7 : 8);
	}
	close(fd);
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Called by nothing in Java: before it is attached, while it is, and afterwards. */
static void *attach_and_detach(void *good)
{
	bool fine = open_and_close();
	JNIEnv *env;

	fine &= (*machine)->AttachCurrentThread(machine, (void **)&env, NULL) == JNI_OK;
	fine &= open_and_close();
	fine &= (*machine)->DetachCurrentThread(machine) == JNI_OK;
	fine &= open_and_close();
	*(bool *)good = fine;
	return NULL;
}

JNIEXPORT jboolean JNICALL Java_Strange_attachThreads(JNIEnv *env, jclass class)
{
	bool good = false;
	pthread_t thread;

	(void)env;
	(void)class;
	if (pthread_create(&thread, NULL, attach_and_detach, &good) != 0)
		return JNI_FALSE;
	pthread_join(thread, NULL);
	return good;
}

/* While the collector must not move ARRAY. */
JNIEXPORT jboolean JNICALL Java_Strange_inCriticalRegion(JNIEnv *env, jclass class,
							 jbyteArray array)
{
	void *bytes = (*env)->GetPrimitiveArrayCritical(env, array, NULL);
	bool fine = bytes && open_and_close();

	(void)class;
	if (bytes)
		(*env)->ReleasePrimitiveArrayCritical(env, array, bytes, JNI_ABORT);
	return fine;
}

/* The exception must be what comes of it. */
JNIEXPORT void JNICALL Java_Strange_throwAndClose(JNIEnv *env, jclass class)
{
	jclass thrown = (*env)->FindClass(env, "java/lang/IllegalStateException");
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)class;
	(*env)->ThrowNew(env, thrown, "as it was");
	close(fd);
	open_and_close();
}

/* All local references that a native method may have are in use, and stay what they are. */
JNIEXPORT jboolean JNICALL Java_Strange_withReferences(JNIEnv *env, jclass class)
{
	jobject references[15];
	bool same = true;
	size_t i;

	for (i = 0; i < sizeof(references) / sizeof(references[0]); i++)
		references[i] = (*env)->NewLocalRef(env, class);
	same &= open_and_close();
	for (i = 0; i < sizeof(references) / sizeof(references[0]); i++)
		same &= (*env)->IsSameObject(env, references[i], class);
	return same;
}
