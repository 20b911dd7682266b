export { DamagedDatabase } from "./damaged-database.ts";
export {
  databaseFolder,
  type EmbeddedDatabase,
  hasEmbeddedDatabase,
  putAway,
  startEmbeddedDatabase,
} from "./database.ts";
export { type DatabaseDurability, DEFAULT_DURABILITY, parseDurability } from "./durability.ts";
export { syncFile } from "./sync-file.ts";
export { letEventLoopGoFirst } from "./thread-priority.ts";
