import { type Signal, signal } from "@preact/signals";
import type { Scope } from "../../src/wire/mod.ts";

/** Whose scopes they are. */
export type Holder = "key" | "account" | "visitor";

/** What each scope is for, as the end of "… needs the scope". */
const NEEDS: Readonly<Partial<Record<Scope, string>>> = {
  trade: "Traders and signals need",
  screen: "Screening, previews, backtests and explanations need",
  metrics: "The server's figures need",
};

/** Dependencies of the permissions. */
export interface PermissionsParts {
  readonly holder: Holder;
  /** Whether traders run in this server. If they run elsewhere, this server's scopes say nothing about them. */
  readonly runsTraders: boolean;
}

/** What the key, account or visitor may do, as far as the server has said so. */
export class Permissions {
  /** Undefined until the server has said it, and if it is too old to say it: then nothing counts as forbidden. */
  readonly scopes: Signal<readonly string[] | undefined> = signal(undefined);
  readonly #parts: PermissionsParts;

  constructor(parts: PermissionsParts) {
    this.#parts = parts;
  }

  /** Why something that needs a scope can't be done, in words; undefined if it can be tried. */
  lack(scope: Scope): string | undefined {
    const scopes = this.scopes.value;
    const { holder, runsTraders } = this.#parts;
    if (scopes === undefined || scopes.includes(scope) || (scope === "trade" && !runsTraders)) return undefined;
    const has = scopes.length === 0 ? "none" : scopes.join(", ");
    return `${NEEDS[scope] ?? "This needs"} the scope ${scope}. ${OWNERS[holder]} ${has}. ${REMEDIES[holder]}`;
  }
}

const OWNERS: Readonly<Record<Holder, string>> = {
  key: "Your key has:",
  account: "Your account has:",
  visitor: "This server gives everyone without a key:",
};

const REMEDIES: Readonly<Record<Holder, string>> = {
  key: "Use another key, or ask the server's operator for one with this scope.",
  account: "Ask the server's operator for it.",
  visitor: "Ask the server's operator for it.",
};
