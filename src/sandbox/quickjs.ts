import variant from "@jitl/quickjs-singlefile-mjs-release-sync";
import { newQuickJSWASMModuleFromVariant, newVariant, type QuickJSWASMModule } from "quickjs-emscripten-core";

/**
 * All the memory of a WebAssembly instance in pages of 64 KiB: it can't have more, whatever runs in it. The build wants no
 * less to begin with.
 */
const PAGES = 256;

/**
 * Taken out of it before any filter comes, so that some 8 MiB are left for filters. QuickJS' own limit doesn't count what is
 * inside of allocations under WebAssembly (its allocator can't tell), so it is this that holds.
 */
const BALLAST_BYTES: number = 2.75 * 1024 * 1024;

/** An instance of QuickJS, and its memory. */
export interface QuickJs {
  readonly module: QuickJSWASMModule;
  readonly memory: WebAssembly.Memory;
}

/** A fresh WebAssembly instance of QuickJS. */
export async function loadQuickJs(): Promise<QuickJs> {
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  const module = await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmMemory: memory }));
  const context = module.newRuntime().newContext();
  // Never given back: it lives as long as the instance.
  context.newArrayBuffer(new ArrayBuffer(BALLAST_BYTES));
  return { module, memory };
}
