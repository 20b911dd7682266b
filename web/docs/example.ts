import { resolved, type Schema, type Schemas } from "./open-api.ts";

/** What members of these names usually are, where their type fits. */
const BY_NAME: Readonly<Record<string, unknown>> = {
  symbol: "BTCUSDT",
  symbols: ["BTCUSDT"],
  matches: ["BTCUSDT"],
  baseAsset: "BTC",
  base: "BTC",
  quoteAsset: "USDT",
  quote: "USDT",
  interval: "1h",
  triggerInterval: "1h",
  timeframe: "1h",
  timeframes: ["1h"],
  intervals: ["1h"],
  price: 64_120,
  open: 64_000,
  high: 64_250.5,
  low: 63_900,
  close: 64_120,
  volume: 812.4,
  quoteVolume: 52_063_488.2,
  openTime: 1_770_721_200_000,
  closeTime: 1_770_724_799_999,
  code: 'return rsi(candles("1h").close, 14).at(-1) < 30;',
  name: "Oversold",
  owner: "local",
  id: "00000000-0000-4000-8000-000000000000",
  traderId: "00000000-0000-4000-8000-000000000000",
  alertId: "00000000-0000-4000-8000-000000000000",
  version: 1,
  facts: { rsi: 28.4 },
  engine: "compiled",
  cursor: null,
  problem: null,
  error: null,
  lastError: null,
  reasons: [],
  notes: [],
  errors: [],
  skipped: [],
};

/** A moment that people recognise: 2026-02-10 12:00 UTC. */
const MOMENT = 1_770_724_800_000;

/** A value of a shape, made from it: no answer of a server, but one that could be. */
export function exampleOf(given: Schema, schemas: Schemas, name = ""): unknown {
  const schema = resolved(given, schemas);
  const usual = BY_NAME[name];
  if (usual !== undefined && fits(usual, schema)) return usual;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) return exampleOf(options[0] ?? {}, schemas, name);
  if (schema.prefixItems !== undefined) return schema.prefixItems.map((one) => exampleOf(one, schemas));
  switch (schema.type) {
    case "array":
      return schema.maxItems === 0 ? [] : [exampleOf(schema.items ?? {}, schemas, name.replace(/s$/, ""))];
    case "object":
      return objectOf(schema, schemas);
    case "boolean":
      return true;
    case "integer":
    case "number":
      return numberOf(schema);
    case "null":
      return null;
    default:
      return schema.format === "uuid" ? BY_NAME.id : "text";
  }
}

function objectOf({ properties, additionalProperties }: Schema, schemas: Schemas): unknown {
  if (properties === undefined) {
    return typeof additionalProperties === "object" ? { name: exampleOf(additionalProperties, schemas) } : {};
  }
  return Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, exampleOf(one, schemas, name)]));
}

function numberOf({ type, description = "", minimum, maximum }: Schema): number {
  if (description.includes("Unix milliseconds")) return MOMENT;
  const usual = type === "integer" ? 1 : 1.5;
  return Math.min(maximum ?? usual, Math.max(minimum ?? usual, usual));
}

/** Whether a usual value is one of the shape. */
function fits(value: unknown, { type, enum: values, anyOf, oneOf, items, format }: Schema): boolean {
  const options = anyOf ?? oneOf;
  if (options !== undefined) return options.some((one) => fits(value, one));
  if (values !== undefined) return values.includes(value);
  if (value === null) return type === "null";
  if (Array.isArray(value)) return type === "array" && value.every((one) => fits(one, items ?? {}));
  if (typeof value === "number") return type === "number" || (type === "integer" && Number.isInteger(value));
  if (typeof value === "object") return type === "object";
  return type === typeof value && (format === undefined || format === "uuid");
}
