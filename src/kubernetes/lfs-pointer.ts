const START = 'version https://git-lfs.github.com/spec/v1\n';
/** Git LFS keeps its pointers smaller than this. */
export const MAX_LFS_POINTER_BYTES = 1024;

/** Whether git keeps only a reference to the real content, which lies in Git LFS. */
export function isLfsPointer(content: Uint8Array): boolean {
  return (
    content.byteLength < MAX_LFS_POINTER_BYTES && new TextDecoder().decode(content.subarray(0, START.length)) === START
  );
}
