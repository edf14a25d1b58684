/** The help of a node: Markdown of strangers. No HTML in it is taken for HTML, and links lead nowhere by themselves. */
import type { ReactNode } from "react";
import Markdown from "react-markdown";

const ALLOWED = ["p", "code", "pre", "em", "strong", "ul", "ol", "li", "h1", "h2", "h3", "h4", "blockquote", "a", "br", "hr"];

export default function Help({ text }: { text: string }): ReactNode {
  return (
    <div className="info-help">
      <Markdown
        skipHtml
        allowedElements={ALLOWED}
        unwrapDisallowed
        components={{
          a: ({ href, children }) => (
            <a href={href} target="_blank" rel="noreferrer noopener">
              {children}
            </a>
          ),
          h1: "h3",
          h2: "h3",
          h3: "h4",
        }}
      >
        {text}
      </Markdown>
    </div>
  );
}
