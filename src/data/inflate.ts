/**
 * @file Unpacking for .npz in Node. A browser has DecompressionStream('deflate-raw') for it.
 */
import { inflateRawSync } from 'node:zlib';

/** The bytes that deflated data unpacks to. @throws if it is damaged, or unpacks to more than `size` bytes. */
export function inflate(packed: Uint8Array, size: number): Uint8Array {
  // One buffer, a little larger than needed: zlib fills it and is done, and nothing is joined or copied.
  return inflateRawSync(packed, { maxOutputLength: Math.max(1, size), chunkSize: size + 64 });
}
