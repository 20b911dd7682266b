import { callerLimits, requiresKeys } from "./access.ts";
import { SETTINGS } from "./config.ts";
import { exchangeOf } from "./exchange-of.ts";
import { followedAddress } from "./followed-address.ts";
import { marketSettings, withoutUser } from "./market-settings.ts";
import type { SettingsInForce } from "./read-settings.ts";
import type { SettingName, Settings } from "./settings.ts";

/** What a setting needs beside it to have any effect. */
interface Need {
  readonly isMet: (settings: Settings) => boolean;
  /** Continues "it has no effect …", or "the server doesn't start …". */
  readonly otherwise: string;
  /** Whether the server refuses to start then. */
  readonly stops?: true;
}

const UPSTREAM: Need = { isMet: ({ upstream }) => upstream !== undefined, otherwise: "without --upstream" };

const CLUSTER: Need = {
  isMet: ({ role }) => role === "ingest" || role === "serve",
  otherwise: "without --role ingest or serve",
};

const NATS: Need = { isMet: ({ nats }) => nats !== undefined, otherwise: "without --nats" };

const OWN_EXCHANGE: Need = {
  isMet: (settings) => followedAddress(settings) === undefined && settings.replay === undefined,
  otherwise: "with --upstream, --role serve or --replay: they take the exchange's place",
};

const NO_REPLAY: Need = {
  isMet: ({ replay }) => replay === undefined,
  otherwise: "with --replay: a recording takes the exchange's place",
};

const SUPABASE_PROJECT: Need = {
  isMet: ({ supabaseUrl }) => supabaseUrl !== undefined,
  otherwise: "without --supabase-url",
  stops: true,
};

const SUPABASE: Need = { isMet: ({ supabaseUrl }) => supabaseUrl !== undefined, otherwise: "without --supabase-url" };

/** The traders and their functions are in this server. */
const OWN_TRADERS: Need = {
  isMet: ({ closeWebhook }) => closeWebhook === undefined,
  otherwise: "with --close-webhook: the traders run elsewhere",
};

/** Every setting that has an effect only beside others, by its name. */
export const NEEDS: Readonly<Record<string, Need>> = {
  upstreamKey: UPSTREAM,
  nats: CLUSTER,
  natsCredentials: NATS,
  natsToken: NATS,
  natsCa: NATS,
  nodeName: CLUSTER,
  peerUrl: CLUSTER,
  peerKey: CLUSTER,
  exchangeRest: OWN_EXCHANGE,
  exchangeWs: OWN_EXCHANGE,
  exchangeSpeed: NO_REPLAY,
  replaySpeed: { isMet: ({ replay }) => replay !== undefined, otherwise: "without --replay" },
  symbols: NO_REPLAY,
  quote: {
    isMet: ({ symbols, markets, replay }) =>
      replay === undefined && markets.some((market) => symbols.of(market, markets[0] ?? market)?.kind !== "list"),
    otherwise: "unless --symbols is top:N or *, from the exchange itself",
  },
  checkpointEvery: {
    isMet: ({ dataDir, replay }) => dataDir !== undefined && replay === undefined,
    otherwise: "without --data-dir, or with --replay: no checkpoints are written",
  },
  weightShare: OWN_EXCHANGE,
  auditEvery: NO_REPLAY,
  historyFill: NO_REPLAY,
  keepDelisted: NO_REPLAY,
  databaseUrl: OWN_TRADERS,
  databaseDurability: {
    isMet: ({ databaseUrl, dataDir, closeWebhook }) =>
      databaseUrl === undefined && dataDir !== undefined && closeWebhook === undefined,
    otherwise: "with --database-url or --close-webhook, or without --data-dir: there is no embedded database on disk",
  },
  webhookNetworks: OWN_TRADERS,
  telegramUrl: OWN_TRADERS,
  smtpUrl: { isMet: ({ smtpFrom }) => smtpFrom !== undefined, otherwise: "without --smtp-from", stops: true },
  smtpFrom: { isMet: ({ smtpUrl }) => smtpUrl !== undefined, otherwise: "without --smtp-url" },
  publicUrl: { isMet: ({ smtpUrl }) => smtpUrl !== undefined, otherwise: "without --smtp-url" },
  keepSignals: OWN_TRADERS,
  keepExecutions: OWN_TRADERS,
  closeWebhook: {
    isMet: ({ closeWebhookKey }) => closeWebhookKey !== undefined,
    otherwise: "without --close-webhook-key",
    stops: true,
  },
  closeWebhookKey: { isMet: ({ closeWebhook }) => closeWebhook !== undefined, otherwise: "without --close-webhook" },
  functionsUrl: {
    isMet: ({ closeWebhook }) => closeWebhook !== undefined,
    otherwise: "without --close-webhook",
    stops: true,
  },
  source: OWN_TRADERS,
  sourceShare: OWN_TRADERS,
  ticketSecret: { isMet: requiresKeys, otherwise: "without API keys or users who sign in, or with --insecure-no-auth" },
  supabaseUrl: {
    isMet: ({ supabaseKey }) => supabaseKey !== undefined,
    otherwise: "without --supabase-key",
    stops: true,
  },
  supabaseKey: SUPABASE_PROJECT,
  supabaseJwtSecret: SUPABASE_PROJECT,
  userRate: SUPABASE,
  proxyHeaders: {
    isMet: ({ trustedProxies }) => !trustedProxies.isEmpty,
    otherwise: "without --trusted-proxies",
  },
};

/** For each setting what its text alone doesn't tell: that it has no effect, that the server doesn't start with it, or what a derived default comes to. */
export function settingNotes({ settings, texts }: SettingsInForce): { readonly [Name in SettingName]?: string } {
  const notes: { [Name in SettingName]?: string } = {};
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const need = NEEDS[name];
    if (need === undefined || texts[name].origin === "default" || need.isMet(settings)) continue;
    notes[name] = `${need.stops ? "the server doesn't start" : "has no effect"} ${need.otherwise}`;
  }
  const limits = callerLimits(settings);
  for (const name of ["exchangeRest", "exchangeWs"] as const) {
    if (settings.replay === undefined && followedAddress(settings) === undefined && texts[name].origin === "default")
      notes[name] = `here ${addressesOf(settings, name).join(", ")}`;
  }
  if (settings.addressRate === undefined) notes.addressRate = `here ${limits.isPrivate ? "no bound" : limits.rate}`;
  if (settings.socketsPerCaller === undefined) notes.socketsPerCaller = `here ${limits.socketsPerCaller}`;
  return notes;
}

/** Where the exchanges of all markets are asked. */
function addressesOf(settings: Settings, name: "exchangeRest" | "exchangeWs"): string[] {
  return settings.markets.map((market) => {
    const { restUrl, wsUrl } = marketSettings(settings, market, exchangeOf(settings, market));
    return withoutUser(name === "exchangeRest" ? restUrl : wsUrl);
  });
}

/** The settings that lack another one without which the server doesn't start. */
export function stoppingSettings({ settings, texts }: SettingsInForce): SettingName[] {
  return (Object.keys(SETTINGS) as SettingName[]).filter((name) => {
    const need = NEEDS[name];
    return need?.stops === true && texts[name].origin !== "default" && !need.isMet(settings);
  });
}

/** A sentence for each setting that was set and has no effect; what stops the start is its error. `known` are those of which it was said already. */
export function idleSettings(inForce: SettingsInForce, known: readonly SettingName[] = []): string[] {
  const notes = settingNotes(inForce);
  const stopping = stoppingSettings(inForce);
  return (Object.keys(NEEDS) as SettingName[]).flatMap((name) => {
    const note = notes[name];
    const isDefault = inForce.texts[name].origin === "default";
    return note === undefined || isDefault || known.includes(name) || stopping.includes(name)
      ? []
      : [`--${SETTINGS[name].flag} is set and ${note}`];
  });
}
