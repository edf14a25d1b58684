/** The SharedWorker: the one stream of this browser, for all its tabs (a browser opens only six connections to a server). */
import { Feed } from "./feed";
import { Hub, type ToHub } from "./hub";

const ASK = 15_000;

const feed: Feed = new Feed({
  event: (name, data) => hub.event(name, data),
  heard: () => hub.heard(),
  state: (state, polling) => hub.state(state, polling),
});
const hub = new Hub(feed);

addEventListener("connect", (event) => {
  const port = (event as MessageEvent).ports[0];
  if (port === undefined) return;
  const tell = hub.join((message) => port.postMessage(message));
  port.onmessage = ({ data }: MessageEvent<ToHub>) => tell(data);
});

setInterval(() => hub.ask(), ASK);
