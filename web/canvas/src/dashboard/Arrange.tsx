import { type ReactNode, useState } from "react";
import { ApiError } from "../api/client";
import type { Page, Spot, Widget } from "../api/types";
import { reason } from "../live/inject";
import { useText } from "../text";
import { Button } from "../ui/Button";
import { notify } from "../ui/notices";
import { ArrangeGrid } from "./ArrangeGrid";
import { spotKey } from "./grid";
import { add, freeName, take, unplaced } from "./pages";
import { useDashboard } from "./store";

/** The tools of whoever lays out the pages: pages, widgets that stand nowhere, save. */
export function Arrange({ page, pages }: { page: Page; pages: Page[] }): ReactNode {
  const t = useText();
  const { widgets, draft, revision, arrange, show, save } = useDashboard();
  const [newer, setNewer] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  if (draft === null) return null;

  const change = (next: Page[]): void => arrange({ ...draft, pages: next });
  const put = (changed: Page): void => change(pages.map((one) => (one.name === page.name ? changed : one)));
  const hide = (spot: Spot): void => {
    const hidden = [...draft.hidden.filter((one) => spotKey(one) !== spotKey(spot)), { flow: spot.flow, node: spot.node }];
    arrange({ hidden, pages: pages.map((one) => (one.name === page.name ? take(one, spot) : one)) });
  };
  const bring = (widget: Widget): void => {
    const hidden = draft.hidden.filter((one) => spotKey(one) !== spotKey(widget));
    arrange({ hidden, pages: pages.map((one) => (one.name === page.name ? add(one, widget) : one)) });
  };
  const rename = (name: string): void => {
    const wanted = freeName(pages.filter((one) => one.name !== page.name), name.trim() || page.name);
    put({ ...page, name: wanted });
    show(wanted);
  };
  const keep = async (base: string): Promise<void> => {
    setBusy(true);
    try {
      await save(base);
      notify("good", t("dashboard.saved"));
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) setNewer(error.conflicts[0]?.revision ?? "");
      else notify("error", reason(error));
    }
    setBusy(false);
  };
  const outside = unplaced(pages, widgets);
  return (
    <>
      <div className="dash-tools" role="toolbar" aria-label={t("dashboard.arrange")}>
        <label>
          <span>{t("dashboard.page-name")}</span>
          <input key={page.name} defaultValue={page.name} maxLength={100} onBlur={(event) => rename(event.target.value)} />
        </label>
        <Button
          icon="plus"
          onClick={() => {
            const name = freeName(pages, t("dashboard.new-page"));
            change([...pages, { name, spots: [] }]);
            show(name);
          }}
        >
          {t("dashboard.add-page")}
        </Button>
        <Button
          icon="bin"
          disabled={pages.length < 2}
          onClick={() => {
            const gone = page.spots.map(({ flow, node }) => ({ flow, node }));
            arrange({ pages: pages.filter((one) => one.name !== page.name), hidden: [...draft.hidden, ...gone] });
            show("");
          }}
        >
          {t("dashboard.delete-page")}
        </Button>
        <span className="dash-gap" />
        <Button onClick={() => arrange(null)}>{t("button.cancel")}</Button>
        <Button look="primary" disabled={busy} onClick={() => void keep(revision)}>
          {t("dashboard.save")}
        </Button>
      </div>
      {newer !== null && (
        <div className="dash-conflict" role="alert">
          <p>{t("dashboard.conflict")}</p>
          <Button
            onClick={() => {
              arrange(null);
              void useDashboard.getState().load();
            }}
          >
            {t("dashboard.take-theirs")}
          </Button>
          <Button onClick={() => void keep(newer)}>{t("dashboard.keep-mine")}</Button>
        </div>
      )}
      <p id="dash-arrange-help" className="dash-help">
        {t("dashboard.arrange-help")}
      </p>
      {outside.length > 0 && (
        <div className="dash-outside" role="group" aria-label={t("dashboard.outside")}>
          <span>{t("dashboard.outside")}:</span>
          {outside.map((widget) => (
            <Button key={spotKey(widget)} icon="plus" onClick={() => bring(widget)}>
              {widget.title} <small>{widget.flow}</small>
            </Button>
          ))}
        </div>
      )}
      <ArrangeGrid page={page} widgets={widgets} onChange={(spots) => put({ ...page, spots })} onHide={hide} />
    </>
  );
}
