/** The programs that run in threads of their own. The single binary holds them under other names: see deploy/compile.ts. */
export const THREADS: Readonly<Record<"database" | "screening", string>> = {
  database: new URL("./embedded-database-thread.ts", import.meta.url).href,
  screening: new URL("./screening-worker.ts", import.meta.url).href,
};
