import type { ReactNode } from "react";
import { useText } from "../../text";
import { useSpoken } from "../../text/spoken";
import { Icon } from "../../ui/Icon";
import type { Reading } from "./reading";

/** What a value means, in a word with a shape; and whether it can be trusted. */
export function StateWord({ reading }: { reading: Reading }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const { state, quality } = reading;
  const text = spoken(reading.text ?? "");
  const words: ReactNode[] = [];
  if (state === "alarm" || state === "warning")
    words.push(
      <span key="state" className={`dash-word dash-word-${state}`}>
        <Icon name={state === "alarm" ? "error" : "warning"} />
        {text || t(`dashboard.state-${state}`)}
      </span>,
    );
  else if (text) words.push(<span key="state">{text}</span>);
  if (quality !== "good")
    words.push(
      <span key="quality" className="dash-word dash-word-warning">
        <Icon name="warning" />
        {t(`dashboard.quality-${quality}`)}
      </span>,
    );
  return words.length === 0 ? null : <p className="dash-words">{words}</p>;
}
