import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./until.ts";

/** A key and its certificate, as PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** Certificates of an authority that exists for as long as a test. */
export interface Authority {
  /** Its own certificate, as PEM. */
  readonly cert: string;
  /** One for a host; `days` 0 is over by the time that this resolves. */
  issue(host: string, days: number): Promise<Certificate>;
}

export const hasOpenssl: boolean = Bun.which("openssl") !== null;

/** Makes an authority, with openssl. */
export function createAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), "vyx-authority-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => {
    const { success, stderr } = Bun.spawnSync(["openssl", ...args], { cwd: folder });
    if (!success) throw new Error(`openssl ${args[0]}: ${stderr.toString()}`);
  };
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl("req", "-x509", ...newKey, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=an authority");
  let count = 0;
  return {
    cert: readFileSync(file("ca.pem"), "utf8"),
    issue: async (host, days) => {
      count += 1;
      const [key, request, extensions, cert] = ["key", "csr", "ext", "pem"].map((end) => `${count}.${end}`) as [
        string,
        string,
        string,
        string,
      ];
      writeFileSync(file(extensions), `subjectAltName=DNS:${host}\n`);
      openssl("req", ...newKey, "-keyout", key, "-out", request, "-subj", `/CN=${host}`);
      const by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", extensions];
      openssl("x509", "-req", "-in", request, ...by, "-days", String(days), "-out", cert);
      const made = Date.now();
      // Its end is told in whole seconds.
      if (days === 0) await until(() => Date.now() - made > 2_000);
      return { key: readFileSync(file(key), "utf8"), cert: readFileSync(file(cert), "utf8") };
    },
  };
}
