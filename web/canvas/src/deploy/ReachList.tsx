import type { ReactNode } from "react";
import type { Reach, ReachLimit } from "../api/types";
import { useText } from "../text";
import { Icon } from "../ui/Icon";
import { LimitLines } from "./LimitLines";

/** The machines that the change can move, and their limits where they are known: what someone must know before saying yes. */
export function ReachList({ reaches, limits = [] }: { reaches: readonly Reach[]; limits?: readonly ReachLimit[] }): ReactNode {
  const t = useText();
  if (reaches.length === 0) return <p className="deploy-quiet">{t("deploy.reaches-none")}</p>;
  return (
    <section className="deploy-block deploy-reach" aria-label={t("deploy.reaches")}>
      <h3>
        <Icon name="actuator" size={18} />
        {t("deploy.reaches")}
      </h3>
      <ul>
        {reaches.map(({ flow, node, type, device, via }) => (
          <li key={`${flow}/${node}`}>
            <strong>{node}</strong> <span className="deploy-quiet">{t("deploy.reach-of", { flow, type })}</span>
            <span className="deploy-device">{device}</span>
            {limits
              .filter((limit) => limit.flow === flow && limit.node === node)
              .map((limit) => (
                <LimitLines key={limit.node} limit={limit} />
              ))}
            {via.length > 1 && <span className="deploy-quiet deploy-via">{t("changes.via", { way: via.join(" → ") })}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
