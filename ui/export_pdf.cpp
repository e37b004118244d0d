#include "ui/export_pdf.h"

#include <QAbstractTextDocumentLayout>
#include <QBuffer>
#include <QCoreApplication>
#include <QImage>
#include <QPainter>
#include <QPdfWriter>
#include <QSvgRenderer>
#include <QTextBlock>
#include <QTextCursor>
#include <QTextDocument>
#include <QTextTable>
#include <algorithm>

#include "core/base/file.h"
#include "core/base/hash.h"
#include "ui/plain_svg.h"
#include "ui/text.h"

namespace attune {

constexpr int kPdfDpi = 96;  // the layout's unit; the text and the pictures stay vectors
constexpr int kPngDpi = 300;
constexpr int kPictureObject = QTextFormat::UserObject + 1;
constexpr int kSvgProperty = QTextFormat::UserProperty + 1;
constexpr double kPageWidth = 660;  // of A4 at 96 dpi between the margins

// Draws an SVG inside a text document as vectors.
class SvgObject : public QObject, public QTextObjectInterface {
  Q_OBJECT
  Q_INTERFACES(QTextObjectInterface)

 public:
  QSizeF intrinsicSize(QTextDocument*, int, const QTextFormat& format) override {
    const QSvgRenderer renderer(format.property(kSvgProperty).toByteArray());
    const QSizeF size = renderer.defaultSize();
    const double width = std::min(kPageWidth, size.width());
    return {width, size.width() > 0 ? size.height() * width / size.width() : 0};
  }
  void drawObject(QPainter* painter, const QRectF& rect, QTextDocument*, int,
                  const QTextFormat& format) override {
    QSvgRenderer renderer(format.property(kSvgProperty).toByteArray());
    renderer.render(painter, rect);
  }
};

namespace {

void insertPicture(QTextCursor& cursor, const std::string& svg) {
  cursor.insertBlock(QTextBlockFormat(), QTextCharFormat());
  QTextCharFormat format;
  format.setObjectType(kPictureObject);
  format.setProperty(kSvgProperty, plainSvg(svg));
  cursor.insertText(QString(QChar::ObjectReplacementCharacter), format);
}

void insertTable(QTextCursor& cursor, const ReportTable& source) {
  QTextCharFormat caption;
  caption.setFontItalic(true);
  cursor.insertBlock(QTextBlockFormat(), caption);
  cursor.insertText(toQt(source.caption));
  if (source.columns.empty()) return;
  QTextTableFormat format;
  format.setBorderCollapse(true);
  format.setBorder(0.5);
  format.setBorderBrush(QColor(0xbb, 0xbf, 0xc6));
  format.setBorderStyle(QTextFrameFormat::BorderStyle_Solid);
  format.setCellPadding(3);
  format.setHeaderRowCount(1);
  format.setWidth(QTextLength(QTextLength::PercentageLength, 100));
  const auto columns = static_cast<int>(source.columns.size());
  QTextTable* table = cursor.insertTable(static_cast<int>(source.rows.size()) + 1, columns, format);
  QTextCharFormat text;
  text.setFontPointSize(7.5);
  QTextCharFormat head = text;
  head.setFontWeight(QFont::Bold);
  const auto put = [&](int row, int column, const std::string& value, const QTextCharFormat& look) {
    QTextCursor cell = table->cellAt(row, column).firstCursorPosition();
    QTextBlockFormat block;
    const auto place = static_cast<std::size_t>(column);
    if (place < source.numeric.size() && source.numeric[place]) block.setAlignment(Qt::AlignRight);
    cell.setBlockFormat(block);
    cell.insertText(toQt(value), look);
  };
  for (int column = 0; column < columns; ++column)
    put(0, column, source.columns[static_cast<std::size_t>(column)], head);
  for (std::size_t row = 0; row < source.rows.size(); ++row) {
    for (int column = 0; column < columns && static_cast<std::size_t>(column) < source.rows[row].size();
         ++column) {
      put(static_cast<int>(row) + 1, column, source.rows[row][static_cast<std::size_t>(column)], text);
    }
  }
  cursor.movePosition(QTextCursor::End);
}

void fill(QTextDocument& document, const Report& report) {
  QTextCursor cursor(&document);
  cursor.beginEditBlock();  // laid out once, at the end
  QTextCharFormat title;
  title.setFontPointSize(18);
  title.setFontWeight(QFont::Bold);
  QTextCharFormat heading;
  heading.setFontPointSize(13);
  heading.setFontWeight(QFont::Bold);
  QTextCharFormat body;
  body.setFontPointSize(10);
  QTextBlockFormat headingBlock;
  headingBlock.setTopMargin(14);
  headingBlock.setBottomMargin(4);
  headingBlock.setHeadingLevel(2);
  QTextBlockFormat bodyBlock;
  bodyBlock.setBottomMargin(6);
  cursor.insertText(toQt(report.title), title);
  cursor.insertBlock(bodyBlock, body);
  cursor.insertText(toQt(report.question), body);
  for (const ReportSection& section : report.sections) {
    cursor.insertBlock(headingBlock, heading);
    cursor.insertText(toQt(section.heading), heading);
    for (const std::string& paragraph : section.paragraphs) {
      cursor.insertBlock(bodyBlock, body);
      cursor.insertText(toQt(paragraph), body);
    }
    for (const std::string& name : section.figures)
      if (const ReportFigure* figure = report.find(name)) insertPicture(cursor, figure->svg);
    for (const ReportTable& table : section.tables) insertTable(cursor, table);
  }
  cursor.endEditBlock();
}

WrittenFile store(const QString& path, const QByteArray& bytes) {
  const std::string_view content(bytes.constData(), static_cast<std::size_t>(bytes.size()));
  writeFileAtomically(fromQt(path), content);
  return {fromQt(path), static_cast<std::int64_t>(bytes.size()), sha256(content)};
}

QByteArray pictureAs(const std::string& svg, const std::string& format) {
  if (format == "svg") return QByteArray(svg.data(), static_cast<qsizetype>(svg.size()));
  QSvgRenderer renderer(plainSvg(svg));
  const QSizeF size = renderer.defaultSize();
  QBuffer buffer;
  buffer.open(QIODevice::WriteOnly);
  if (format == "png") {
    const double scale = static_cast<double>(kPngDpi) / kPdfDpi;
    QImage image((size * scale).toSize(), QImage::Format_RGB32);
    image.setDotsPerMeterX(static_cast<int>(kPngDpi / 0.0254));
    image.setDotsPerMeterY(static_cast<int>(kPngDpi / 0.0254));
    image.fill(Qt::white);
    QPainter painter(&image);
    renderer.render(&painter);
    painter.end();
    image.save(&buffer, "PNG");
  } else {
    QPdfWriter writer(&buffer);
    writer.setResolution(kPdfDpi);
    writer.setPageSize(QPageSize(size * 72.0 / kPdfDpi, QPageSize::Point, {}, QPageSize::ExactMatch));
    writer.setPageMargins({});
    QPainter painter(&writer);
    renderer.render(&painter, QRectF(QPointF(0, 0), size));
    painter.end();
  }
  return buffer.data();
}

}  // namespace

WrittenFile writePdf(const Report& report, const QString& path) {
  QBuffer buffer;
  buffer.open(QIODevice::WriteOnly);
  {
    QPdfWriter writer(&buffer);
    writer.setTitle(toQt(report.title));
    writer.setCreator(QCoreApplication::applicationName());
    writer.setPageSize(QPageSize(QPageSize::A4));
    writer.setPageMargins(QMarginsF(17, 15, 17, 15), QPageLayout::Millimeter);
    writer.setResolution(kPdfDpi);
    QTextDocument document;
    document.setUndoRedoEnabled(false);
    document.documentLayout()->setPaintDevice(&writer);
    SvgObject pictures;
    document.documentLayout()->registerHandler(kPictureObject, &pictures);
    fill(document, report);
    document.setPageSize(QSizeF(writer.width(), writer.height()));
    document.print(&writer);
  }
  return store(path, buffer.data());
}

std::vector<WrittenFile> writePlots(const Report& report, const QString& folder,
                                    const std::vector<std::string>& formats) {
  std::vector<WrittenFile> files;
  for (const std::string& format : formats) {
    for (const ReportFigure& figure : report.figures)
      files.push_back(store(QStringLiteral("%1/%2.%3").arg(folder, toQt(figure.name), toQt(format)),
                            pictureAs(figure.svg, format)));
  }
  return files;
}

}  // namespace attune

#include "export_pdf.moc"
