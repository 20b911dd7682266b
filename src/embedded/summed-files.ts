import type { PGlite } from "@electric-sql/pglite";
import { NodeFS } from "@electric-sql/pglite/nodefs";
import type { PageSums } from "./page-sums.ts";

/** A file or folder as Emscripten knows it. */
interface FileNode {
  readonly name: string;
}

/** An open file as Emscripten knows it; `nfd` is the system's number for it. */
export interface OpenFile {
  readonly path: string;
  readonly nfd: number;
  readonly node: FileNode;
}

interface NewAttributes {
  readonly size?: number;
}

/** What Emscripten's NODEFS calls for an open file. It has no `fsync`, so PostgreSQL's syncs do nothing unless there is one. */
export interface FileOperations {
  fsync?: (file: OpenFile) => number;
  write(file: OpenFile, memory: Uint8Array | Int8Array, offset: number, bytes: number, position: number): number;
  setattr(file: OpenFile, to: NewAttributes): void;
}

interface NodeOperations {
  mknod(parent: FileNode, name: string, mode: number, device: number): FileNode;
  setattr(node: FileNode, to: NewAttributes): void;
  unlink(parent: FileNode, name: string): void;
  rename(node: FileNode, parent: FileNode, name: string): void;
}

export interface EmscriptenFiles {
  readonly filesystems: {
    readonly NODEFS: {
      readonly stream_ops: FileOperations;
      readonly node_ops: NodeOperations;
      /** The path on the disk. */
      realPath(node: FileNode): string;
    };
  };
  isFile(mode: number): boolean;
  /** What a call of the system fails with, so that PostgreSQL gets to see the number. */
  readonly ErrnoError: new (
    errno: number,
  ) => Error;
}

type EmscriptenOptions = Parameters<NodeFS["init"]>[1];

/** The files of a database on disk, each change of which is noted in checksums. */
export class SummedFiles extends NodeFS {
  readonly #sums: PageSums | undefined;

  constructor(folder: string, sums: PageSums | undefined) {
    super(folder);
    this.#sums = sums;
  }

  override async init(database: PGlite, options: EmscriptenOptions): ReturnType<NodeFS["init"]> {
    const { emscriptenOpts } = await super.init(database, options);
    const instrument = ({ FS }: { FS: unknown }): void => this.instrument(FS as EmscriptenFiles);
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), instrument] } };
  }

  override async closeFs(): Promise<void> {
    await super.closeFs();
    this.#sums?.close();
  }

  /** Puts its own work around what Emscripten calls. */
  protected instrument({ filesystems, isFile, ErrnoError }: EmscriptenFiles): void {
    const sums = this.#sums;
    if (sums === undefined) return;
    const { NODEFS } = filesystems;
    const { stream_ops: onOpen, node_ops: onNodes } = NODEFS;
    const pathOf = (node: FileNode, name?: string): string => {
      const path = NODEFS.realPath(node).slice(this.rootDir.length + 1);
      return name === undefined ? path : path === "" ? name : `${path}/${name}`;
    };
    /** Notes a change of files and makes it. */
    const change = <Result>(paths: readonly string[], note: () => void, make: () => Result): Result => {
      try {
        note();
        return make();
      } catch (cause) {
        for (const path of paths) sums.failed(path);
        throw cause instanceof ErrnoError ? cause : new ErrnoError(errorNumberOf(cause));
      }
    };
    const { write, setattr: setOpen } = onOpen;
    const { mknod, setattr: setNode, unlink, rename } = onNodes;
    onOpen.write = (file, memory, offset, bytes, position) => {
      const path = pathOf(file.node);
      const content = new Uint8Array(memory.buffer, memory.byteOffset + offset, bytes);
      const written = change(
        [path],
        () => sums.write(path, content, position),
        () => write(file, memory, offset, bytes, position),
      );
      if (written !== bytes) sums.failed(path);
      return written;
    };
    const resize = (node: FileNode, { size }: NewAttributes, make: () => void): void => {
      const path = pathOf(node);
      if (size === undefined) make();
      else change([path], () => sums.resize(path, size), make);
    };
    onOpen.setattr = (file, to) => resize(file.node, to, () => setOpen(file, to));
    onNodes.setattr = (node, to) => resize(node, to, () => setNode(node, to));
    onNodes.mknod = (parent, name, mode, device) => {
      const path = pathOf(parent, name);
      const make = (): FileNode => mknod(parent, name, mode, device);
      return isFile(mode) ? change([path], () => sums.create(path), make) : make();
    };
    onNodes.unlink = (parent, name) => {
      const path = pathOf(parent, name);
      change(
        [path],
        () => sums.remove(path),
        () => unlink(parent, name),
      );
    };
    onNodes.rename = (node, parent, name) => {
      const [path, to] = [pathOf(node), pathOf(parent, name)];
      change(
        [path, to],
        () => sums.rename(path, to),
        () => rename(node, parent, name),
      );
    };
  }
}

/** An input or output error, as WASI numbers it. */
export const EIO = 29;

/** What the journal of checksums meets when the disk is full, as WASI numbers it. */
const NUMBERS: Readonly<Record<string, number>> = { EDQUOT: 19, ENOSPC: 51 };

function errorNumberOf(cause: unknown): number {
  return (cause instanceof Error && "code" in cause ? NUMBERS[String(cause.code)] : undefined) ?? EIO;
}
