#pragma once

#include <string>
#include <vector>

namespace gradus::reports {
struct Figure;
struct TaskView;
}  // namespace gradus::reports

namespace gradus::reports::gnuplot {

/// One entry of a legend.
struct LegendEntry {
  std::string text;  ///< ours or the lab's; quoted here
  std::string line;  ///< "lc rgb '…' lw … dt …"; empty: no line
  std::string mark;  ///< "pt … ps … lc rgb '…'"; empty: no mark
};

/// Pixels from one row of a legend to the next.
inline constexpr int kLegendRow = 15;
/// Rows that legend() makes in a drawing of `width` pixels: entries that do not stand side by side
/// are wrapped. 0 where there is no entry.
int legend_rows(const std::vector<LegendEntry>& entries, int width);
/// A legend in centred rows, the last one `from_bottom` pixels above the lower edge of a drawing of
/// `width` by `height`; whoever may have several rows leaves room for legend_rows(). gnuplot's own
/// keys neither wrap nor centre under several panels.
std::string legend(const std::vector<LegendEntry>& entries, int width, int height,
                   double from_bottom);

/// Sets the horizontal and lower margin of a figure of one panel and the legend of its arms: a
/// column right of the plot under the name of the varied key where the texts are short, else rows
/// below it, for which the figure grows. Call it once the figure has its height; `foot` is the
/// height in pixels of the axis labels.
std::string arms_legend(Figure& figure, const TaskView& task,
                        const std::vector<LegendEntry>& entries, double left, double foot);

/// Entries for the two curves of every training figure.
LegendEntry train_entry();
LegendEntry val_entry();

}  // namespace gradus::reports::gnuplot
