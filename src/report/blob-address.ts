/** The page of a line in a repository on GitHub.
 *
 * @param repositoryUrl `https://github.com/owner/repo`. */
export function blobAddress(repositoryUrl: string, commit: string, path: string, line: number): string {
  const encoded = path
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .split('/')
    .map(encodeURIComponent)
    .join('/');
  return `${repositoryUrl}/blob/${commit}/${encoded}#L${line}`;
}
