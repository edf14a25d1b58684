/** The little of Node's HTTP server that these tests use; @types/node would change the types of the page's own timers. */
declare module "node:http" {
  export interface IncomingMessage {
    url?: string;
    method?: string;
    headers: Record<string, string | string[] | undefined>;
    on(event: "data" | "end", listener: (chunk: Uint8Array) => void): void;
  }
  export interface ServerResponse {
    writeHead(status: number, headers?: Record<string, string>): ServerResponse;
    write(text: string, written?: () => void): void;
    end(text?: string): void;
    destroy(): void;
  }
  export interface Server {
    listen(port: number, host: string, listening: () => void): void;
    address(): { port: number };
    close(closed: (error?: Error) => void): void;
    closeAllConnections(): void;
  }
  export function createServer(listener: (request: IncomingMessage, response: ServerResponse) => void): Server;
}
