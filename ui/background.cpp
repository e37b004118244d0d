#include "ui/background.h"

#include "core/base/error.h"
#include "ui/text.h"

namespace attune {

Failure failureFrom(const std::exception_ptr& exception) {
  Failure failure;
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    failure.message = toQt(error.what());
    failure.hint = toQt(error.hint());
    failure.incomparable = error.kind() == ErrorKind::kIncomparable;
    failure.details =
        QCoreApplication::translate("Failure", "Kind: %1").arg(QLatin1String(errorKindName(error.kind())));
    if (!error.file().empty()) {
      failure.details += QCoreApplication::translate("Failure", "\nFile: %1").arg(toQt(error.file()));
    }
    if (error.row() >= 0)
      failure.details += QCoreApplication::translate("Failure", "\nLine: %1").arg(error.row());
    if (error.offset() >= 0) {
      failure.details += QCoreApplication::translate("Failure", "\nByte: %1").arg(error.offset());
    }
  } catch (const std::exception& error) {
    failure.message =
        QCoreApplication::translate("Failure", "Something went wrong that Attune did not expect.");
    failure.hint = QCoreApplication::translate("Failure", "Nothing was changed. Please report the details.");
    failure.details = toQt(error.what());
  } catch (...) {
    failure.message =
        QCoreApplication::translate("Failure", "Something went wrong that Attune did not expect.");
  }
  return failure;
}

}  // namespace attune
