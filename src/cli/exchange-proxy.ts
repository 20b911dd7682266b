import { InvalidInput } from "../core/mod.ts";

/** A proxy through which an address is reached, and the variable of the environment that says so. */
export interface Proxy {
  readonly url: string;
  readonly variable: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for an http, https, ws or wss address, as curl reads the environment: HTTPS_PROXY for https and wss, HTTP_PROXY for
 * http and ws, in either case, unless NO_PROXY names the host or a domain of it. Undefined where it is reached directly. Throws
 * {@link InvalidInput} for a proxy that can't be used.
 */
export function proxyOf(address: string, environment: Environment): Proxy | undefined {
  const { protocol, hostname, port } = new URL(address);
  const isSecure = protocol === "https:" || protocol === "wss:";
  const upper = isSecure ? "HTTPS_PROXY" : "HTTP_PROXY";
  const variable = [upper.toLowerCase(), upper].find((name) => (environment[name] ?? "") !== "");
  if (variable === undefined || isExempt(hostname, port, environment)) return undefined;
  const url = environment[variable] ?? "";
  const scheme = URL.canParse(url) ? new URL(url).protocol : undefined;
  if (scheme === "http:" || scheme === "https:") return { url, variable };
  // The value may hold a password.
  throw new InvalidInput(
    `${variable} is no HTTP proxy${scheme === undefined ? "" : ` but ${scheme.slice(0, -1)}`}: expected http://host:port, ` +
      `or ${hostname} in NO_PROXY to connect directly`,
  );
}

function isExempt(hostname: string, port: string, environment: Environment): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  return `${environment.no_proxy ?? ""},${environment.NO_PROXY ?? ""}`
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => {
      if (entry === "*") return true;
      const [, name = entry, onlyPort] = /^([^:]*):(\d+)$/.exec(entry) ?? [];
      if (onlyPort !== undefined && onlyPort !== port) return false;
      const domain = name.replace(/^\*?\./, "");
      return domain !== "" && (host === domain || host.endsWith(`.${domain}`));
    });
}
