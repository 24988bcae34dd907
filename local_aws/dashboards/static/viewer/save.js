// What is taken out of the page: a visual as a picture, or its rows as CSV; both name the filters on them.
"use strict";
(() => {
  const el = Viewer.element;
  const SCALE = 2; // a picture has so many pixels a CSS pixel

  const offer = (name, blob) => {
    const address = URL.createObjectURL(blob);
    el("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  };
  Viewer.fileName = (visual, ending) => `${(visual.title || visual.id).toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || visual.id}.${ending}`;

  // The filters stand below the rows, after an empty line: the rows are read from the first line on.
  Viewer.saveCsv = (visual) => {
    const applied = visual.applied ?? [];
    const notes = applied.length ? `\r\n\r\n${applied.map((one) => `"Filter: ${one.replaceAll('"', '""')}"`).join("\r\n")}` : "";
    offer(Viewer.fileName(visual, "csv"), new Blob(["\ufeff", Viewer.csv(visual), notes], { type: "text/csv" }));
  };

  // A copy of an element that looks like it anywhere: the computed styles written out, canvases as pictures. Rows that
  // are scrolled out of sight are left out.
  const copied = (element) => {
    const { bottom } = element.getBoundingClientRect();
    const copy = element.cloneNode(true);
    const pairs = [[element, copy]];
    const unseen = [];
    for (const [one, other] of pairs) {
      [...one.children].forEach((child, at) => {
        const far = ["TR", "LI"].includes(child.tagName) && child.getBoundingClientRect().top > bottom && !child.classList.contains("grand");
        if (far) unseen.push(other.children[at]); else pairs.push([child, other.children[at]]);
      });
    }
    pairs.forEach(([one, other]) => {
      const style = getComputedStyle(one);
      if (one.namespaceURI === "http://www.w3.org/1999/xhtml") other.style.cssText = [...style].map((name) => `${name}:${style.getPropertyValue(name)}`).join(";");
      if (one.tagName === "CANVAS") {
        const picture = el("img", { src: one.toDataURL(), style: `position:absolute;left:0;top:0;width:${one.clientWidth}px;height:${one.clientHeight}px` });
        other.replaceWith(picture);
      }
    });
    // what opens when a chart is pointed at stands beside it
    [...unseen, ...copy.querySelectorAll(".tools, .hidden, .chart > div ~ div, .plot > div ~ div")].forEach((one) => one.remove());
    return copy;
  };

  Viewer.picture = async (card) => {
    const { element, visual } = card;
    const { width, height } = element.getBoundingClientRect();
    const applied = visual.applied ?? [];
    const ink = Viewer.ink();
    const below = applied.length ? 14 + 15 * applied.length : 0;
    const page = el("div", { xmlns: "http://www.w3.org/1999/xhtml", style: `width:${width}px;background:${ink.card};font:12px ${getComputedStyle(document.body).fontFamily};color:${ink.muted}` });
    card.charts.forEach((chart) => { chart.dispatchAction({ type: "hideTip" }); chart.dispatchAction({ type: "updateAxisPointer", currTrigger: "leave" }); });
    const copy = copied(element);
    Object.assign(copy.style, { margin: 0, outline: "none" });
    page.append(copy, ...applied.map((one, at) => el("div", { style: `padding:${at ? 0 : 6}px 14px 0;line-height:15px` }, `Filter: ${one}`)));
    const text = new XMLSerializer().serializeToString(page);
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height + below}"><foreignObject width="100%" height="100%">${text}</foreignObject></svg>`;
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
    await image.decode();
    const canvas = el("canvas", { width: Math.ceil(width * SCALE), height: Math.ceil((height + below) * SCALE) });
    const context = canvas.getContext("2d");
    context.fillStyle = ink.card;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.scale(SCALE, SCALE);
    context.drawImage(image, 0, 0);
    return canvas;
  };
  Viewer.savePng = async (card) => (await Viewer.picture(card)).toBlob((blob) => offer(Viewer.fileName(card.visual, "png"), blob), "image/png");
})();
