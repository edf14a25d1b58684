/** Lays out large flows beside the page. */
import { arrange, type Drawing } from "./arrange";

addEventListener("message", ({ data }: MessageEvent<Drawing>) => postMessage(arrange(data)));
