/** The program of the database's thread. The single binary holds it under another name: see deploy/compile.ts. */
export const DATABASE_PROGRAM: string = new URL("./database-thread.ts", import.meta.url).href;
