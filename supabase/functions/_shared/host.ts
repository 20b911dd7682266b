import type { Variable } from "./settings.ts";

/** What these functions use of Deno, which hosts them. */
interface DenoHost {
  readonly env: { get(name: string): string | undefined };
  /** The port counts for `deno run` alone: Supabase's own host chooses. */
  serve(
    options: { readonly port: number; readonly onListen: (address: { readonly port: number }) => void },
    handler: (request: Request) => Promise<Response>,
  ): unknown;
}

declare const Deno: DenoHost;

/** The environment. */
export const variable: Variable = (name) => Deno.env.get(name) || undefined;

/** Serves requests; tells the port in one JSON line. */
export function serve(handler: (request: Request) => Promise<Response>): void {
  const port = Number(variable("PORT") ?? "8000");
  Deno.serve({ port, onListen: (address) => console.log(JSON.stringify({ port: address.port })) }, handler);
}
