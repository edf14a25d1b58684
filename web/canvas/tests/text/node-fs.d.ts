/** The little of Node's file system that these tests use; @types/node would change the types of the page's own timers. */
declare module "node:fs" {
  export function readdirSync(folder: string): string[];
  export function readFileSync(file: string, encoding: "utf8"): string;
}
