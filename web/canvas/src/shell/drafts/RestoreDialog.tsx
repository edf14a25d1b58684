import { type ReactNode, useEffect, useState } from "react";
import type { FlowDiff } from "../../api/types";
import { deployedDoc, difference } from "../../deploy/differences";
import { DiffView } from "../../deploy/DiffView";
import { useView } from "../../store/view";
import { moment, useText } from "../../text";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { discardDrafts, type Offer, restoreDrafts, useDrafts } from "./drafts";
import { CONNECTIONS } from "../loading";
import "../dialogs.css";

/** Edits from before this page was loaded. Closing the dialog restores them: that loses nothing, and undo takes it back. */
export function RestoreDialog(): ReactNode {
  const t = useText();
  const offers = useDrafts((state) => state.offers);
  const close = useView((state) => state.closeDialog);
  const restore = (): void => {
    close();
    restoreDrafts(offers);
  };
  const discard = (): void => {
    close();
    void discardDrafts(offers);
  };
  return (
    <Dialog
      title={t("shell.restore-title", { count: offers.length })}
      onClose={restore}
      wide
      actions={
        <>
          <Button look="danger" icon="bin" onClick={discard}>
            {t("shell.discard")}
          </Button>
          <Button look="primary" onClick={restore}>
            {t("shell.restore")}
          </Button>
        </>
      }
    >
      <p>{t("shell.restore-why")}</p>
      {offers.map((offer) => (
        <OfferPart key={offer.flow} offer={offer} open={offers.length === 1} />
      ))}
    </Dialog>
  );
}

function OfferPart({ offer, open }: { offer: Offer; open: boolean }): ReactNode {
  const t = useText();
  const [diff, setDiff] = useState<FlowDiff | null>(null);
  useEffect(() => {
    const old = deployedDoc(offer.flow);
    if (old === null && offer.doc === null) return;
    difference(old, offer.doc)
      .then(setDiff)
      .catch(() => {}); // a draft may be too broken to be compared; it can be restored all the same
  }, [offer]);
  return (
    <details className="shell-offer" open={open}>
      <summary>
        <strong>{offer.flow === CONNECTIONS ? t("shell.shared-connections") : offer.flow}</strong> <time>{moment(offer.saved)}</time>
        {offer.revision === "" && <span className="shell-quiet"> {t("shell.only-here")}</span>}
      </summary>
      {diff && <DiffView diff={diff} />}
    </details>
  );
}
