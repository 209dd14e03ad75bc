// tsc copies no static files: the page of the terminal goes from src/screen/page to dist/screen/page here.
import { cp, mkdir, rm } from 'node:fs/promises';

const from = new URL('../src/screen/page/', import.meta.url);
const to = new URL('../dist/screen/page/', import.meta.url);

// A file that was deleted from the source must not live on in the build.
await rm(to, { recursive: true, force: true });
await mkdir(to, { recursive: true });
await cp(from, to, { recursive: true });
