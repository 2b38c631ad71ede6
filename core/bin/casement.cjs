#!/usr/bin/env node
// libuv's default of 4 threads starves SQLite commits behind reads; it is read once, when the pool starts.
process.env.UV_THREADPOOL_SIZE ??= '12';
const { setFlagsFromString } = require('node:v8');
// A heap may outgrow what lives in it by half, not fourfold: memory for a little more collecting.
setFlagsFromString('--heap-growing-percent=50');
// What is loaded stays; room for what does not is made once there is something to serve (`cli/serving-heap.ts`).
setFlagsFromString('--semi-space-growth-factor=1');
import('../dist/cli/main.js').then((cli) => cli.main(process.argv.slice(2)));
