import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetRead } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { assert, KLINE_COLUMNS, type KlineColumn, type PastBlock } from "../../core/mod.ts";

/**
 * Rows of a row group: two days of minutes. A group is the least that is read: its eleven columns take 2 to 6 ms, so 500 klines of any month
 * are one or two groups, and the footer of a month stays small.
 */
const GROUP_ROWS = 2_880;

/** zstd's fastest level: half a million rows a second, at 45 bytes a row of a busy pair. */
const ZSTD_LEVEL = 1;

const TIMES: ReadonlySet<KlineColumn> = new Set(["openTime", "closeTime"]);

/** Times are timestamps, so that other readers show dates; all other columns are doubles, in which NaN is an unknown figure. */
const SCHEMA: ConstructorParameters<typeof ParquetWriter>[0]["schema"] = [
  { name: "root", num_children: KLINE_COLUMNS.length },
  ...KLINE_COLUMNS.map((name) =>
    TIMES.has(name)
      ? ({
          name,
          type: "INT64",
          converted_type: "TIMESTAMP_MILLIS",
          logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" },
          repetition_type: "REQUIRED",
        } as const)
      : ({ name, type: "DOUBLE", repetition_type: "REQUIRED" } as const),
  ),
];

/** A Parquet file of klines. The same klines are the same bytes. */
export function parquetBytes(columns: Readonly<Record<KlineColumn, Float64Array>>): Uint8Array {
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({
    writer,
    schema: SCHEMA,
    codec: "ZSTD",
    compressors: { ZSTD: (page) => Bun.zstdCompressSync(page as Uint8Array<ArrayBuffer>, { level: ZSTD_LEVEL }) },
    createdBy: "vyx",
  });
  parquet.write({
    columnData: KLINE_COLUMNS.map((name) =>
      TIMES.has(name)
        ? { name, data: BigInt64Array.from(columns[name], BigInt), encoding: "DELTA_BINARY_PACKED" as const }
        : { name, data: columns[name] },
    ),
    rowGroupSize: GROUP_ROWS,
  });
  parquet.finish();
  return writer.getBytes();
}

/** What a file's footer says of its row groups. */
export interface Footer {
  readonly metadata: FileMetaData;
  readonly groups: readonly FooterGroup[];
}

interface FooterGroup {
  readonly firstRow: number;
  readonly rows: number;
  /** The open times of its first and last kline. */
  readonly first: number;
  readonly last: number;
}

/** Reads a footer. Rejects for a file that isn't one of ours. */
export async function readFooter(file: AsyncBuffer): Promise<Footer> {
  const metadata = await parquetMetadataAsync(file);
  let firstRow = 0;
  const groups = metadata.row_groups.map(({ num_rows, columns }) => {
    const statistics = columns[0]?.meta_data?.statistics;
    const [first, last] = [momentOf(statistics?.min_value), momentOf(statistics?.max_value)];
    const group = { firstRow, rows: Number(num_rows), first, last };
    firstRow += group.rows;
    return group;
  });
  return { metadata, groups };
}

/** Reads a row group. */
export async function readGroup(file: AsyncBuffer, { metadata }: Footer, group: FooterGroup): Promise<PastBlock> {
  const columns: Partial<Record<KlineColumn, Float64Array>> = {};
  const parts = new Map<string, { readonly at: number; readonly data: ArrayLike<number | bigint> }[]>();
  await parquetRead({
    file,
    metadata,
    rowStart: group.firstRow,
    rowEnd: group.firstRow + group.rows,
    compressors: { ZSTD: (page) => Bun.zstdDecompressSync(page as Uint8Array<ArrayBuffer>) },
    parsers: { timestampFromMilliseconds: (time: bigint) => time as unknown as Date },
    onChunk: ({ columnName, columnData, rowStart }) => {
      const some = parts.get(columnName) ?? [];
      some.push({ at: rowStart - group.firstRow, data: columnData as ArrayLike<number | bigint> });
      parts.set(columnName, some);
    },
  });
  for (const name of KLINE_COLUMNS) columns[name] = figuresOf(parts.get(name) ?? [], group.rows);
  return { length: group.rows, columns: columns as Record<KlineColumn, Float64Array> };
}

function figuresOf(
  parts: readonly { readonly at: number; readonly data: ArrayLike<number | bigint> }[],
  rows: number,
): Float64Array {
  const [only] = parts;
  if (parts.length === 1 && only?.data instanceof Float64Array && only.data.length === rows) return only.data;
  const figures = new Float64Array(rows);
  for (const { at, data } of parts) {
    assert(at + data.length <= rows, "a chunk lies within its row group");
    for (let row = 0; row < data.length; row += 1) figures[at + row] = Number(data[row]);
  }
  return figures;
}

function momentOf(statistic: unknown): number {
  assert(statistic instanceof Date || typeof statistic === "bigint", "a row group says which times it holds");
  return Number(statistic);
}
