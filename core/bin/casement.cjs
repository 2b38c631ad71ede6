#!/usr/bin/env node
// libuv's default of 4 threads starves SQLite commits behind reads; it is read once, when the pool starts.
process.env.UV_THREADPOOL_SIZE ??= '12';
import('../dist/cli/main.js').then((cli) => cli.main(process.argv.slice(2)));
