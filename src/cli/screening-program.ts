/** The program of the screening threads. The single binary holds it under another name: see deploy/compile.ts. */
export const SCREENING_PROGRAM: string = new URL("./screening-worker.ts", import.meta.url).href;
