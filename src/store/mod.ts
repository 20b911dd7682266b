export type { ByteSource } from "./checkpoint/blocks.ts";
export { checkpointBytes, restoreCheckpoint } from "./checkpoint/checkpoint.ts";
export { FolderLock } from "./checkpoint/folder-lock.ts";
export { CheckpointKeeper, type CheckpointStatus } from "./checkpoint/keeper.ts";
export { NewCheckpoint } from "./checkpoint/write-checkpoint.ts";
export type { CloseNotice } from "./closes.ts";
export { readKlines } from "./read.ts";
export type { KlineSelection, Series } from "./series.ts";
export { MarketStore } from "./store.ts";
