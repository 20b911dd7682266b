/** The program of the threads that unpack, check and pack. The single binary holds it under another name: see deploy/compile.ts. */
export const WORK_PROGRAM: string = new URL("./work-thread.ts", import.meta.url).href;
