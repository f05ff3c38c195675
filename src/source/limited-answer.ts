/** The body of an answer as text in UTF-8; null for one that holds more than is allowed, of which the rest is not taken.
 *
 * @throws what the connection throws when it is cut. */
export async function readLimited(response: Response, maxBytes: number): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).byteLength;
    // Leaving the loop ends the stream.
    if (size > maxBytes) return null;
    chunks.push(chunk as Uint8Array);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}
