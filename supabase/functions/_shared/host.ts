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

/** A variable's text, undefined when it is absent or empty. */
export function variable(name: string): string | undefined {
  const text = Deno.env.get(name);
  return text === undefined || text === "" ? undefined : text;
}

/** Serves requests; tells the port in one JSON line. */
export function serve(handler: (request: Request) => Promise<Response>): void {
  const port = Number(variable("PORT") ?? "8000");
  Deno.serve({ port, onListen: (address) => console.log(JSON.stringify({ port: address.port })) }, handler);
}
