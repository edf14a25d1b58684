/** What the build asks of Node.js, whose own types would also promise the page things that no browser has. */
declare module "node:url" {
  export function fileURLToPath(url: URL): string;
}
