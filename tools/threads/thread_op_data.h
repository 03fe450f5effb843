/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operations of scripted threads that move data. Each is a thread_op.act. */
#ifndef TOOLS_THREADS_THREAD_OP_DATA_H
#define TOOLS_THREADS_THREAD_OP_DATA_H

struct thread_call;

int thread_load(struct thread_call *call);
int thread_store(struct thread_call *call);
int thread_procmem(struct thread_call *call);
int thread_pread(struct thread_call *call);
int thread_pread_range(struct thread_call *call);
int thread_pread_cached(struct thread_call *call);
int thread_pwrite(struct thread_call *call);
int thread_pwrite_direct(struct thread_call *call);
int thread_splice(struct thread_call *call);
int thread_copy_range(struct thread_call *call);
int thread_rename(struct thread_call *call);

#endif
