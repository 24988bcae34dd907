// Insight: sentences whose values are formatted here.
"use strict";
(() => {
  const filled = (visual) => {
    const box = Viewer.element("div", { class: "insight" });
    box.innerHTML = visual.options.html; // made safe by the server: known tags and numbered places
    for (const place of box.querySelectorAll("[data-value]")) {
      const { value, column } = visual.options.values[Number(place.dataset.value)];
      place.textContent = Viewer.format(value, column);
      place.className = "figure";
    }
    return box;
  };
  Viewer.kinds.Insight = { draw: (body, visual) => body.append(filled(visual)), summary: (visual) => filled(visual).textContent };
})();
